#!/usr/bin/env python3
"""An archive on pynetdicom that understands one transfer syntax only, knows one study, and says what it was asked.

usage: qr_scp.py PORT TRANSFER-SYNTAX
Prints `listening`, then a JSON line for each request.
"""
import json
import sys

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind as Find,
    StudyRootQueryRetrieveInformationModelMove as Move,
    Verification,
)

PORT, SYNTAX = int(sys.argv[1]), sys.argv[2]


def say(event, service, **further):
    print(json.dumps({"service": service, "syntax": str(event.context.transfer_syntax)} | further), flush=True)


def echo(event):
    say(event, "echo")
    return 0x0000


def find(event):
    asked = event.identifier
    say(event, "find", level=asked.QueryRetrieveLevel, name=str(asked.PatientName))
    match = Dataset()
    match.QueryRetrieveLevel = "STUDY"
    match.SpecificCharacterSet = "ISO_IR 100"
    match.PatientName = "M\u00fcller^Ren\u00e9"
    match.StudyInstanceUID = "1.2.3.4"
    yield 0xFF00, match


def move(event):
    asked = event.identifier
    say(event, "move", study=str(asked.StudyInstanceUID), to=event.move_destination)
    yield None, None


ae = AE("ARCHIVE")
for context in (Verification, Find, Move):
    ae.add_supported_context(context, SYNTAX)
handlers = [(evt.EVT_C_ECHO, echo), (evt.EVT_C_FIND, find), (evt.EVT_C_MOVE, move)]
server = ae.make_server(("127.0.0.1", PORT), evt_handlers=handlers)
print("listening", flush=True)
server.serve_forever()
