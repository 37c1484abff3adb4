package io.millrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page shows code that compiles: it is that of {@link EmbeddingExample}. */
class DocumentationTest {
  private static final Path PAGE = Path.of("../docs/concepts/policy-client.md");
  private static final Path EXAMPLE =
      Path.of("src/test/java/io/millrace/client/EmbeddingExample.java");
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void showsTheCodeOfTheExample() throws Exception {
    String example = unindented(Files.readString(EXAMPLE));
    var shown =
        CODE.matcher(Files.readString(PAGE)).results().map(DocumentationTest::code).toList();
    assertThat(shown).hasSize(3).allSatisfy(code -> assertThat(example).contains(code));
  }

  private static String code(MatchResult result) {
    return unindented(result.group(1));
  }

  private static String unindented(String text) {
    return text.replaceAll("(?m)^ +", "");
  }
}
