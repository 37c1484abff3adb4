package io.millrace.flink.element;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer without settings, of objects whose length varies and of which there is no blank one.
 *
 * @param <T> what it writes and reads
 */
public abstract class ElementSerializer<T> extends TypeSerializerSingleton<T> {
  private static final long serialVersionUID = 1L;

  @Override
  public final boolean isImmutableType() {
    return false;
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  public final T copy(T from, T reuse) {
    return copy(from);
  }

  @Override
  public final T deserialize(T reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public final void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  /** Writes bytes, or that there are none. */
  protected static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
    target.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      target.write(bytes);
    }
  }

  /** Reads what {@link #writeBytes} wrote. */
  protected static byte[] readBytes(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length < 0) {
      return null;
    }
    var bytes = new byte[length];
    source.readFully(bytes);
    return bytes;
  }
}
