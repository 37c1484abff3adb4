/** What a run has to remember to be repeated: which rows it took in at which update. */
package io.millrace.trainer.journal;
