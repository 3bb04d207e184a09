#!/usr/bin/env python3
"""Asks a node for verification, find and move on pynetdicom, each on an association that proposes one transfer syntax only.

usage: qr_scu.py PORT CALLED PATIENT-NAME DESTINATION STUDY-UID
Prints one JSON array: an object a transfer syntax with what was answered.
"""
import json
import sys

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind as Find,
    StudyRootQueryRetrieveInformationModelMove as Move,
    Verification,
)

PORT, CALLED, NAME, DESTINATION, STUDY = int(sys.argv[1]), *sys.argv[2:6]
told = []
for syntax in (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian):
    ae = AE("PYNET")
    for context in (Verification, Find, Move):
        ae.add_requested_context(context, syntax)
    association = ae.associate("127.0.0.1", PORT, ae_title=CALLED)
    answer = {"syntax": str(syntax), "accepted": sorted(str(c.abstract_syntax) for c in association.accepted_contexts)}
    answer["echo"] = association.send_c_echo().Status
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientName = NAME
    query.StudyInstanceUID = ""
    answers = list(association.send_c_find(query, Find))
    answer["find"] = [status.Status for status, _ in answers]
    answer["studies"] = [str(match.StudyInstanceUID) for _, match in answers if match]
    order = Dataset()
    order.QueryRetrieveLevel = "STUDY"
    order.StudyInstanceUID = STUDY
    last = list(association.send_c_move(order, DESTINATION, Move))[-1][0]
    answer["move"] = [last.Status, last.NumberOfCompletedSuboperations, last.NumberOfFailedSuboperations]
    association.release()
    told.append(answer)
print(json.dumps(told))
