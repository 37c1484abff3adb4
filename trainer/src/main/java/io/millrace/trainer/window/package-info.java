/** Rows in memory: the newest, a sample of all, and what each update draws from them. */
package io.millrace.trainer.window;
