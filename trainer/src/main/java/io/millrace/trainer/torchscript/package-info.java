/**
 * TorchScript from Java alone: source text packed into the archive that libtorch loads, and the
 * loaded module's methods.
 */
package io.millrace.trainer.torchscript;
