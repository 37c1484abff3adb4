/** How a command speaks: lines and progress for people, JSON for machines. */
package io.millrace.app.terminal;
