package io.millrace.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Sockets that are bound before a server is configured with their ports, and that the server then
 * takes over: between choosing a port and listening on it nobody else can have it.
 */
final class BoundListeners implements ServerSocketFactory, AutoCloseable {
  private static final int BACKLOG = 50;
  // Kafka's default; to be set before a socket is bound.
  private static final int RECEIVE_BUFFER_BYTES = 100 << 10;

  private final Map<String, ServerSocketChannel> waiting = new HashMap<>();
  private final InetAddress address;

  /** None yet; all will be on this address. */
  BoundListeners(InetAddress address) {
    this.address = address;
  }

  /**
   * Binds the socket of a listener.
   *
   * @param port 0 for any that is free
   * @return the port
   * @throws IOException if the port is taken
   */
  int bind(String listener, int port) throws IOException {
    var channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
      channel.bind(new InetSocketAddress(address, port), BACKLOG);
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "port " + port + " on " + address.getHostAddress() + " is taken: " + e.getMessage(), e);
    }
    waiting.put(listener, channel);
    return channel.socket().getLocalPort();
  }

  /** Hands over the socket of a listener; whoever has it closes it. */
  @Override
  public ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress where, int backlog, int receiveBufferBytes)
      throws IOException {
    var channel = waiting.remove(listener);
    if (channel == null) {
      throw new IOException("no socket was bound for the listener " + listener + " on " + where);
    }
    return channel;
  }

  /** Closes the sockets that nobody took over. */
  @Override
  public void close() throws IOException {
    for (var channel : waiting.values()) {
      channel.close();
    }
    waiting.clear();
  }
}
