"""
zeep against the service whose WSDL is at argv[1]; argv[2] ends all sessions there, argv[3] is the authority of its certificate, or empty.
Prints as JSON what zeep has read, and every envelope as it went over the wire.
"""

import json
import sys
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import QName

import requests
import zeep
from zeep.helpers import serialize_object

wsdl, expire_now, ca = sys.argv[1:]
wire = []


class Recording(zeep.Transport):
    def post(self, address, message, headers):
        answer = super().post(address, message, headers)
        wire.append({"request": message.decode(), "response": answer.text})
        return answer


http = requests.Session()
http.trust_env = False
http.verify = ca or True
client = zeep.Client(wsdl, transport=Recording(session=http, timeout=20, operation_timeout=20))
service = client.service
headers = {}


def attempt(operation, **arguments):
    """One call: what it gave, or the fault."""
    try:
        answer = {"result": serialize_object(service[operation](**arguments, **headers))}
    except zeep.exceptions.Fault as fault:
        details = [] if fault.detail is None else list(fault.detail)
        detail = {QName(each.tag).text.split("}")[1]: {part.tag.split("}")[1]: part.text for part in each} for each in details}
        answer = {"fault": {"code": str(fault.code), "message": fault.message, "detail": detail}}
    wire[-1]["operation"] = operation
    return answer


def plain(value):
    """What JSON has no form for."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(type(value))


denied = attempt("login", username="username@company.com", password="not the password")
login = attempt("login", username="username@company.com", password="password")
session = login["result"]
service = client.create_service("{http://api.zuora.com/}SoapBinding", session["ServerUrl"])
headers = {"_soapheaders": {"SessionHeader": {"session": session["Session"]}}}

account = client.get_type("{http://object.api.zuora.com/}Account")
created = attempt("create", zObjects=[account(Name="ö & <u> \"']]>")])
pages = [attempt("query", queryString="select Id, Name, AutoPay, Balance, BillCycleDay, CreatedDate, Notes from Account")]
while not pages[-1]["result"]["done"]:
    pages.append(attempt("queryMore", queryLocator=pages[-1]["result"]["queryLocator"]))
none = attempt("query", queryString="select Id from Account where Name = 'nobody'")
malformed = attempt("query", queryString="select from")
http.post(expire_now).raise_for_status()
expired = attempt("query", queryString="select Id from Account")

names = ("denied", "login", "created", "pages", "none", "malformed", "expired", "wire")
json.dump({name: globals()[name] for name in names}, sys.stdout, default=plain)
