package io.millrace.app.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import org.junit.jupiter.api.Test;

class RevisionReturnsTest {
  @Test
  void meansAndDeviationsAreOfEachRevisionByItself() {
    var returns = new RevisionReturns();
    returns.add(2, -100);
    returns.add(1, -1000);
    returns.add(2, -300);
    assertThat(returns.toList())
        .containsExactly(new RevisionReturn(1, 1, -1000, 0), new RevisionReturn(2, 2, -200, 100));
    assertThat(returns.episodes(2)).isEqualTo(2);
    assertThat(returns.episodes(3)).isZero();
  }
}
