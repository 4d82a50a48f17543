"""How schemas, the AsyncAPI document and the event reference are made from the event classes."""
