#!/usr/bin/env python3
"""A print SCP on pynetdicom for the tests: keeps every N-service it was asked in transcript.json and every image as raw bytes.

usage: print_scp.py PORT FOLDER [option...]
options: singles (no Meta classes), meta, color, annotation, lut, no-printer, implicit, and what goes wrong:
refuse-12-bits, refuse-size, no-boxes, status=TEXT, info=TEXT, fail=STEP:STATUS, drop=STEP, silent=STEP, event
STEP is create-session, create-box, set-image, action, and so on.
"""
import json
import sys
import threading

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    BasicAnnotationBox,
    BasicColorImageBox,
    BasicColorPrintManagementMeta,
    BasicFilmBox,
    BasicFilmSession,
    BasicGrayscaleImageBox,
    BasicGrayscalePrintManagementMeta,
    Printer,
    PresentationLUT,
)

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
OPTIONS = set(sys.argv[3:])


def option(name):
    for text in OPTIONS:
        if text.startswith(name + "="):
            return text.split("=", 1)[1]
    return None


transcript = []
lock = threading.Lock()
boxes = {}


def note(**entry):
    with lock:
        transcript.append(entry)
        with open(f"{FOLDER}/transcript.json", "w") as file:
            json.dump(transcript, file, indent=1)


def misbehave(step, event):
    """The status of this step: what it was told to be."""
    if option("drop") == step:
        event.assoc.dul.socket.close()
        event.assoc.kill()
    if option("silent") == step:
        threading.Event().wait(20)
    fail = option("fail")
    if fail and fail.split(":")[0] == step:
        return int(fail.split(":")[1], 16)
    return 0x0000


def plain(data_set):
    skip = ("BasicGrayscaleImageSequence", "BasicColorImageSequence")
    return {e.keyword: str(e.value) for e in data_set if e.keyword not in skip and e.VR != "SQ"} | {
        e.keyword: [plain(item) for item in e.value] for e in data_set if e.keyword not in skip and e.VR == "SQ"
    }


def create(event):
    request, given = event.request, event.attribute_list
    uid = request.AffectedSOPClassUID
    steps = {BasicFilmSession: "create-session", BasicFilmBox: "create-box", PresentationLUT: "create-lut"}
    step = steps.get(uid, "create")
    note(service="N-CREATE", step=step, instance=str(request.AffectedSOPInstanceUID), context=event.context.abstract_syntax,
         syntax=event.context.transfer_syntax, attributes=plain(given))
    status = misbehave(step, event)
    if "refuse-size" in OPTIONS and step == "create-box":
        status = 0x0106
    if status and (status & 0xF000) != 0xB000:
        return status, None
    answer = Dataset()
    answer.update(given)
    if step == "create-box" and "no-boxes" not in OPTIONS:
        columns, rows = (int(n) for n in str(given.ImageDisplayFormat).split("\\")[1].split(","))
        color = "color" in OPTIONS
        image_class = BasicColorImageBox if color else BasicGrayscaleImageBox
        answer.ReferencedImageBoxSequence = []
        for position in range(columns * rows):
            item = Dataset()
            item.ReferencedSOPClassUID = image_class
            item.ReferencedSOPInstanceUID = generate_uid()
            boxes[item.ReferencedSOPInstanceUID] = position + 1
            answer.ReferencedImageBoxSequence.append(item)
        if "annotation" in OPTIONS and "AnnotationDisplayFormatID" in given:
            answer.ReferencedBasicAnnotationBoxSequence = []
            for _ in range(2):
                item = Dataset()
                item.ReferencedSOPClassUID = BasicAnnotationBox
                item.ReferencedSOPInstanceUID = generate_uid()
                answer.ReferencedBasicAnnotationBoxSequence.append(item)
    if "event" in OPTIONS and step == "create-box":
        report = Dataset()
        report.PrinterStatusInfo = "SUPPLY LOW"
        report.PrinterName = "LASER"
        threading.Thread(target=lambda: event.assoc.send_n_event_report(report, 2, Printer, "1.2.840.10008.5.1.1.17")).start()
    return status, answer


def set_(event):
    request, given = event.request, event.attribute_list
    entry = dict(service="N-SET", instance=str(request.RequestedSOPInstanceUID), classuid=str(request.RequestedSOPClassUID),
                 context=event.context.abstract_syntax, attributes=plain(given))
    step = "set-image"
    if "TextString" in given:
        step = "set-annotation"
    sequence = given.get("BasicGrayscaleImageSequence") or given.get("BasicColorImageSequence")
    if sequence:
        image = sequence[0]
        entry["image"] = {k: str(image.get(k)) for k in (
            "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel", "PhotometricInterpretation",
            "PlanarConfiguration", "PixelRepresentation", "PixelAspectRatio")}
        entry["file"] = f"image-{len(transcript)}.raw"
        with open(f"{FOLDER}/{entry['file']}", "wb") as file:
            file.write(image.PixelData)
    note(step=step, **entry)
    status = misbehave(step, event)
    if "refuse-12-bits" in OPTIONS and sequence and int(sequence[0].BitsStored) == 12:
        status = 0x0106
    return status, None


def action(event):
    note(service="N-ACTION", step="action", instance=str(event.request.RequestedSOPInstanceUID),
         classuid=str(event.request.RequestedSOPClassUID), type=event.action_type)
    return misbehave("action", event), None


def get(event):
    note(service="N-GET", step="get-printer", instance=str(event.request.RequestedSOPInstanceUID))
    answer = Dataset()
    answer.PrinterStatus = option("status") or "NORMAL"
    answer.PrinterStatusInfo = option("info") or "NORMAL"
    return misbehave("get-printer", event), answer


def delete(event):
    note(service="N-DELETE", step="delete", classuid=str(event.request.RequestedSOPClassUID),
         instance=str(event.request.RequestedSOPInstanceUID))
    return misbehave("delete", event)


def requested(event):
    note(service="A-ASSOCIATE", step="associate", proposed={
        str(c.abstract_syntax): [str(t) for t in c.transfer_syntax] for c in event.assoc.requestor.requested_contexts})


ae = AE(ae_title="PRINTER")
syntaxes = [ImplicitVRLittleEndian] if "implicit" in OPTIONS else [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
classes = []
if "singles" in OPTIONS:
    classes += [BasicFilmSession, BasicFilmBox]
    classes += [BasicColorImageBox] if "color" in OPTIONS else [BasicGrayscaleImageBox]
    classes += [] if "no-printer" in OPTIONS else [Printer]
if "meta" in OPTIONS:
    classes += [BasicColorPrintManagementMeta if "color" in OPTIONS else BasicGrayscalePrintManagementMeta]
if "lut" in OPTIONS:
    classes += [PresentationLUT]
if "annotation" in OPTIONS:
    classes += [BasicAnnotationBox]
for abstract in classes:
    ae.add_supported_context(abstract, syntaxes)
ae.maximum_pdu_size = 0
handlers = [(evt.EVT_N_CREATE, create), (evt.EVT_N_SET, set_), (evt.EVT_N_ACTION, action), (evt.EVT_N_GET, get),
            (evt.EVT_N_DELETE, delete), (evt.EVT_REQUESTED, requested)]
server = ae.start_server(("127.0.0.1", PORT), block=False, evt_handlers=handlers)
print("listening", flush=True)
threading.Event().wait()
