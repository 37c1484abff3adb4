package io.millrace.trainer.publish;

import java.util.Map;
import java.util.Set;
import org.tribuo.util.onnx.ONNXAttribute;
import org.tribuo.util.onnx.ONNXOperator;
import org.tribuo.util.onnx.ONNXOperators;

/** Operators of the default ONNX domain that Tribuo does not list; none has attributes. */
enum PolicyOperator implements ONNXOperator {
  RELU("Relu", 1, 0),
  TANH("Tanh", 1, 0),
  /** Input, lower and upper bound. */
  CLIP("Clip", 1, 2),
  /** Input, starts, ends, axes. */
  SLICE("Slice", 3, 2);

  private final String opName;
  private final int inputs;
  private final int optionalInputs;

  PolicyOperator(String opName, int inputs, int optionalInputs) {
    this.opName = opName;
    this.inputs = inputs;
    this.optionalInputs = optionalInputs;
  }

  @Override
  public String getOpName() {
    return opName;
  }

  @Override
  public int getNumInputs() {
    return inputs;
  }

  @Override
  public int getNumOptionalInputs() {
    return optionalInputs;
  }

  @Override
  public int getNumOutputs() {
    return 1;
  }

  @Override
  public Map<String, ONNXAttribute> getAttributes() {
    return Map.of();
  }

  @Override
  public Set<String> getMandatoryAttributeNames() {
    return Set.of();
  }

  @Override
  public int getOpVersion() {
    return ONNXOperators.getOpsetVersion();
  }

  @Override
  public String getOpDomain() {
    return "";
  }
}
