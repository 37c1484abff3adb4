/** Options, the YAML file that sets them, and all of its mistakes at once. */
package io.millrace.config;
