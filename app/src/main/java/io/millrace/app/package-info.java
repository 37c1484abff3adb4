/** The {@code millrace} command's entry point. */
package io.millrace.app;
