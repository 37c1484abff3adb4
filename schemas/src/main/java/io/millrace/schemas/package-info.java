/**
 * What goes over the wire and onto the disk: messages, the stream's specification, topic and header
 * names.
 */
package io.millrace.schemas;
