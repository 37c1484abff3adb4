package io.millrace.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.fleet.RevisionReturns.RevisionReturn;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReturnsPlotTest {
  @TempDir Path directory;

  @Test
  void drawsAnSvgWithOnePointARevision() throws Exception {
    var file = directory.resolve("returns.svg");
    ReturnsPlot.write(
        file, List.of(new RevisionReturn(1, 10, -1200, 300), new RevisionReturn(2, 12, -300, 100)));
    var factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    var svg = factory.newDocumentBuilder().parse(file.toFile());
    assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    // and one in the legend
    assertThat(svg.getElementsByTagName("ellipse").getLength()).isEqualTo(2 + 1);
  }
}
