package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A peer in Python, of {@code benchmarks/peers}, as a child process: one line to it, one JSON line
 * back. Closing ends it.
 */
final class PythonPeer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PEERS = Path.of("benchmarks/peers");

  private final Path log;
  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private PythonPeer(Path log, Process process) {
    this.log = log;
    this.process = process;
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * The interpreter of the virtual environment for {@code NAME-requirements.txt}, which is made on
   * first use.
   *
   * @throws IOException with the end of pip's output, if it cannot be made
   */
  static Path interpreter(String name) throws IOException, InterruptedException {
    Path directory = Path.of("benchmarks/.venv").resolve(name);
    Path interpreter = directory.resolve("bin/python");
    Path requirements = PEERS.resolve(name + "-requirements.txt");
    Path installed = directory.resolve("installed.txt");
    if (Files.exists(installed) && Files.mismatch(installed, requirements) == -1) {
      return interpreter;
    }
    Files.createDirectories(directory);
    Path log = directory.resolve("install.log");
    runToEnd(log, "python3", "-m", "venv", directory.toString());
    runToEnd(log, interpreter.toString(), "-m", "pip", "install", "-r", requirements.toString());
    Files.copy(requirements, installed);
    return interpreter;
  }

  private static void runToEnd(Path log, String... command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(
          String.join(" ", command) + " failed; see " + log + "\n" + lastLines(log));
    }
  }

  /** Starts a script of {@code benchmarks/peers}; its stderr goes to a log. */
  static PythonPeer start(Path interpreter, String script, List<String> arguments)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(interpreter.toString());
    command.add(PEERS.resolve(script).toString());
    command.addAll(arguments);
    Path log = Path.of("benchmarks/results").resolve(script + ".log");
    Files.createDirectories(log.getParent());
    return new PythonPeer(
        log, new ProcessBuilder(command).redirectError(new File(log.toString())).start());
  }

  /** The next line that the peer prints. */
  JsonNode answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the peer ended; see " + log + "\n" + lastLines(log));
    }
    return JSON.readTree(line);
  }

  /** Sends a line and waits for the answer. */
  JsonNode ask(String line) throws IOException {
    requests.write(line);
    requests.newLine();
    requests.flush();
    return answer();
  }

  private static String lastLines(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  @Override
  public void close() throws IOException {
    requests.close();
    process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join().destroyForcibly();
  }
}
