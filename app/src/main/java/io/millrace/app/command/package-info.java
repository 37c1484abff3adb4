/** The verbs of the {@code millrace} command: what a user types, and what is printed. */
package io.millrace.app.command;
