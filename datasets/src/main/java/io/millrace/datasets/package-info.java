/** Files of logged episodes, for those who have logs but no stream yet. */
package io.millrace.datasets;
