package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

class BoundListenersTest {
  private final InetAddress loopback = InetAddress.getLoopbackAddress();

  @Test
  void aPortIsHeldFromWhenItIsChosenAndGoesOnBeingHeldByWhoTookItsSocketOver() throws IOException {
    ServerSocketChannel handedOver;
    try (var first = new BoundListeners(loopback);
        var second = new BoundListeners(loopback)) {
      int port = first.bind("CLIENTS", 0);
      assertThat(first.bind("CONTROLLER", 0)).isNotEqualTo(port);
      assertThatThrownBy(() -> second.bind("CLIENTS", port))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("port " + port + " on 127.0.0.1 is taken");
      var where = new InetSocketAddress(loopback, port);
      handedOver = first.openServerSocket("CLIENTS", where, 50, -1);
      assertThatThrownBy(() -> first.openServerSocket("CLIENTS", where, 50, -1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no socket was bound for the listener CLIENTS");
    }
    try (handedOver) {
      assertThat(handedOver.isOpen()).isTrue();
    }
  }

  @Test
  void socketsThatNobodyTookOverAreClosed() throws IOException {
    int port;
    try (var listeners = new BoundListeners(loopback)) {
      port = listeners.bind("CLIENTS", 0);
    }
    try (var again = new BoundListeners(loopback)) {
      assertThat(again.bind("CLIENTS", port)).isEqualTo(port);
    }
  }
}
