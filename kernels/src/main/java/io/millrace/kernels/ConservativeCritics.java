package io.millrace.kernels;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The critics' values and their loss's gradient in CQL(H) (Kumar et al. 2020, Equation 4) and what
 * {@link ConservativeLoss} makes of it, for critics of two hidden layers, exactly and in 32-bit
 * floats.
 *
 * <p>All actions of a state share what is common to them, see {@link StatePass}. The states are cut
 * into blocks whose size follows from their number, which any thread may take; their gradients are
 * added up in the blocks' order. So results depend on the processor's vector length and on nothing
 * else: not on the number of threads, and not on whether the JVM has compiled the code.
 *
 * <p>Owns its threads. One call at a time.
 */
public final class ConservativeCritics implements AutoCloseable {
  /** The fewest states of a block: many blocks even out the threads' work. */
  private static final int LEAST_BLOCK_STATES = 32;

  /** The most blocks of a critic: each costs a gradient's memory. */
  private static final int MOST_BLOCKS = 64;

  private final CriticShape shape;
  private final int threads;
  private final ExecutorService workers;
  private final List<CriticGradient> gradients = new ArrayList<>();
  private final ArrayDeque<StatePass> passes = new ArrayDeque<>();
  private int passActions;
  private int blockStates;
  private Running running;

  /** An update's work: who takes what, and where it goes. */
  private final class Running {
    final float[] critics;
    final ConservativeBatch batch;
    final int actions;
    final int blocks;
    final float[] values;
    final float[] flatGradient;
    final AtomicInteger next = new AtomicInteger();
    final List<Future<?>> helpers = new ArrayList<>();

    Running(float[] critics, ConservativeBatch batch) {
      this.critics = critics;
      this.batch = batch;
      actions = batch.actionsPerState();
      blocks = (batch.states() + blockStates - 1) / blockStates;
      values = new float[shape.critics() * batch.states() * actions];
      flatGradient = new float[shape.critics() * shape.length()];
    }

    int units() {
      return shape.critics() * blocks;
    }

    void work() {
      StatePass pass = takePass();
      int loaded = -1;
      for (int unit = next.getAndIncrement(); unit < units(); unit = next.getAndIncrement()) {
        int critic = unit / blocks;
        int from = unit % blocks * blockStates;
        if (critic != loaded) {
          pass.load(critics, critic * shape.length());
          loaded = critic;
        }
        pass.run(
            batch,
            batch.weights()[critic],
            from,
            Math.min(from + blockStates, batch.states()),
            values,
            critic * batch.states() * actions,
            gradients.get(unit));
      }
      givePass(pass);
    }

    /** Adds the blocks up, in their order. */
    void add(int critic) {
      for (int block = 0; block < blocks; block++) {
        gradients.get(critic * blocks + block).addTo(flatGradient, critic * shape.length());
      }
    }
  }

  /**
   * What came of a call.
   *
   * @param values of each action, {@code [critics, B, K]}
   * @param gradient of each critic's flat parameters, {@code [critics, length]}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Result(float[] values, float[] gradient) {}

  /**
   * For critics of a shape.
   *
   * @param threads that work, the caller's included
   * @throws IllegalStateException if this JVM has no {@link VectorModule}
   */
  public ConservativeCritics(CriticShape shape, int threads) {
    if (!VectorModule.isPresent()) {
      throw new IllegalStateException(
          "this JVM has no module jdk.incubator.vector: start it with --add-modules");
    }
    this.shape = shape;
    this.threads = threads;
    workers =
        threads > 1
            ? Executors.newFixedThreadPool(
                threads - 1,
                work -> {
                  var thread = new Thread(work, "critics");
                  thread.setDaemon(true);
                  return thread;
                })
            : null;
  }

  /**
   * Starts on a batch in the threads beside the caller's, which may do something else before it
   * calls {@link #finish}.
   *
   * @param critics flat parameters of all critics; they and the batch's arrays must stay as they
   *     are until then
   * @throws IllegalArgumentException if something is not of the shape
   */
  public void begin(float[] critics, ConservativeBatch batch) {
    check("parameters", critics.length, shape.critics() * shape.length());
    check("weights", batch.weights().length, shape.critics());
    check("observations", batch.observations().length, batch.states() * shape.observationSize());
    check(
        "actions",
        batch.actions().length,
        batch.states() * batch.actionsPerState() * shape.actionSize());
    if (running != null) {
      // Its caller failed before it could finish.
      running.helpers.forEach(ConservativeCritics::await);
    }
    prepare(batch);
    running = new Running(critics, batch);
    while (gradients.size() < running.units()) {
      gradients.add(new CriticGradient(shape, blockStates));
    }
    for (int i = 1; i < threads; i++) {
      running.helpers.add(workers.submit(running::work));
    }
  }

  /** Throws away what is of other sizes than the batch needs. */
  private void prepare(ConservativeBatch batch) {
    int states = Math.max(LEAST_BLOCK_STATES, (batch.states() + MOST_BLOCKS - 1) / MOST_BLOCKS);
    if (states != blockStates || batch.actionsPerState() != passActions) {
      passes.clear();
      gradients.clear();
      blockStates = states;
      passActions = batch.actionsPerState();
    }
  }

  private static void check(String name, int length, int expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          "%s: expected %d numbers, got %d".formatted(name, expected, length));
    }
  }

  /**
   * Does its share of what was begun, and waits for the rest.
   *
   * @throws IllegalStateException if nothing was begun
   */
  public Result finish() {
    if (running == null) {
      throw new IllegalStateException("nothing was begun");
    }
    Running all = running;
    running = null;
    all.work();
    all.helpers.forEach(ConservativeCritics::await);
    all.helpers.clear();
    for (int i = 1; i < shape.critics() && workers != null; i++) {
      int critic = i;
      all.helpers.add(workers.submit(() -> all.add(critic)));
    }
    all.add(0);
    for (int i = 1; i < shape.critics() && workers == null; i++) {
      all.add(i);
    }
    all.helpers.forEach(ConservativeCritics::await);
    return new Result(all.values, all.flatGradient);
  }

  /** Not interruptible: what the threads write to is used again. */
  private static void await(Future<?> helper) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          helper.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException("a thread of the critics failed", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized StatePass takePass() {
    return passes.isEmpty() ? new StatePass(shape, passActions, blockStates) : passes.pop();
  }

  private synchronized void givePass(StatePass pass) {
    passes.push(pass);
  }

  @Override
  public void close() {
    if (workers != null) {
      workers.shutdownNow();
    }
  }
}
