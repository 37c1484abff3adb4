/** The options of all modules together: the file, its effective form, its documentation. */
package io.millrace.app.configuration;
