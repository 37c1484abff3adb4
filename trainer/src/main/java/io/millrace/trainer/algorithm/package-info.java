/**
 * The learning algorithms: their hyper-parameters, their losses (TorchScript, in the resources of
 * this package) and the call that runs one gradient update on native state.
 */
package io.millrace.trainer.algorithm;
