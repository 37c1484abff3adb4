/** Policies as ONNX graphs on the policy topics. */
package io.millrace.trainer.publish;
