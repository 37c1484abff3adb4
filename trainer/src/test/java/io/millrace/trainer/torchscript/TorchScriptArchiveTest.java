package io.millrace.trainer.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.millrace.trainer.torchscript.TorchScriptModule.Gradients;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class TorchScriptArchiveTest {
  private static final String MAIN =
      """
      class Scale(Module):
        training : bool
        count : int
        factor : float
        negate : bool
        sizes : List[int]
        rates : List[float]
        name : str

        def names(self) -> List[str]:
          return ["first", self.name]

        def apply(self, xs: List[Tensor], shift: Tensor) -> Tensor:
          y = __torch__.sums.total(xs) * self.factor * self.count + self.sizes[1] * self.rates[1] + int(shift)
          if self.negate:
            y = -y
          return y

        def slope(self, x: Tensor) -> Tensor:
          recording = torch.is_grad_enabled()
          torch.set_grad_enabled(True)
          leaf = x.detach().requires_grad_()
          slope = torch.autograd.grad([(leaf * leaf).sum()], [leaf])[0]
          torch.set_grad_enabled(recording)
          return unchecked_cast(Tensor, slope)
      """;
  private static final String SUMS =
      """
      def total(xs: List[Tensor]) -> Tensor:
        y = xs[0]
        for i in range(1, len(xs)):
          y = y + xs[i]
        return y
      """;

  private static TorchScriptArchive archive(String main) {
    var sources = new LinkedHashMap<String, String>();
    sources.put("main", main);
    sources.put("sums", SUMS);
    var attributes = new LinkedHashMap<String, Object>();
    attributes.put("count", -3_000_000_000L);
    attributes.put("factor", 1e-9);
    attributes.put("negate", true);
    attributes.put("sizes", new long[] {1, 20});
    attributes.put("rates", new double[] {0.5, 2});
    attributes.put("name", "second");
    return new TorchScriptArchive("main", "Scale", sources, attributes);
  }

  @Test
  void aLoadedModuleHasItsAttributesAndCallsFunctionsOfItsOtherFile() {
    try (TorchScriptModule module = TorchScriptModule.load(archive(MAIN), Device.cpu());
        NDArray one = module.manager().create(new float[] {1, 2});
        NDArray two = module.manager().create(new float[] {10, 20});
        NDArray shift = module.manager().create(2L)) {
      NDList result =
          module.call(
              "apply",
              Gradients.NONE,
              List.of(TorchScriptModule.list("xs", List.of(one, two)), new NDList(shift)));
      assertThat(result.singletonOrThrow().toFloatArray()).containsExactly(-9f, 24f);
      assertThat(module.strings("names")).containsExactly("first", "second");
    }
  }

  @Test
  void autogradWorksInsideACallThatAsksForIt() {
    try (TorchScriptModule module = TorchScriptModule.load(archive(MAIN), Device.cpu());
        NDArray x = module.manager().create(new float[] {3, -1})) {
      NDList slope = module.call("slope", Gradients.BY_AUTOGRAD, List.of(new NDList(x)));
      assertThat(slope.singletonOrThrow().toFloatArray()).containsExactly(6f, -2f);
    }
  }

  @Test
  void equalInputGivesEqualBytes() {
    assertThat(archive(MAIN).bytes()).isEqualTo(archive(MAIN).bytes());
  }

  @Test
  void everyEntryIsStoredAndStartsOnABoundary() throws IOException {
    byte[] bytes = archive(MAIN).bytes();
    try (var zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        byte[] data = zip.readAllBytes();
        assertThat(indexOf(bytes, data, entry.getName()) % 64).as(entry.getName()).isZero();
      }
    }
  }

  /** Where an entry's data starts: after its name and the extra field. */
  private static int indexOf(byte[] bytes, byte[] data, String name) {
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.indexOf(
        new String(data, java.nio.charset.StandardCharsets.ISO_8859_1), text.indexOf(name));
  }

  @Test
  void aSourceThatDoesNotCompileIsRefusedWithItsLine() {
    String wrong = MAIN.replace("int(shift)", "torch.no_such_operator(shift)");
    assertThatThrownBy(() -> TorchScriptModule.load(archive(wrong), Device.cpu()).close())
        .isInstanceOf(TorchScriptException.class)
        .hasMessageContaining("__torch__.main.Scale does not compile")
        .hasMessageContaining("no_such_operator")
        .hasMessageContaining("code/__torch__/main.py\", line 14");
  }

  @Test
  void aMissingMethodIsNamed() {
    try (TorchScriptModule module = TorchScriptModule.load(archive(MAIN), Device.cpu());
        NDArray x = module.manager().create(1f)) {
      assertThatThrownBy(() -> module.call("nothing", Gradients.NONE, List.of(new NDList(x))))
          .isInstanceOf(TorchScriptException.class)
          .hasMessageContaining("__torch__.main.Scale.nothing");
    }
  }

  @Test
  void anAttributeOfAnotherTypeIsRefused() {
    assertThatThrownBy(
            () ->
                new TorchScriptArchive(
                    "main", "Scale", Map.of("main", MAIN), Map.of("count", List.of("three"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("count");
  }

  @Test
  void aClassWithoutItsFileIsRefused() {
    assertThatThrownBy(
            () -> new TorchScriptArchive("other", "Scale", Map.of("main", MAIN), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other");
  }
}
