"""Runs calls of boto3 that it reads as JSON lines, in one process, and writes the result of each as a JSON line."""
import datetime
import json
import sys

import boto3
import botocore.exceptions

clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service)
    return clients[service]


def plain(value):
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def describe(error):
    response = dict(error.response)
    metadata = response.pop("ResponseMetadata")
    codes = response.pop("Error")
    return {
        "class": type(error).__name__,
        "code": codes["Code"],
        "message": codes["Message"],
        "status": metadata["HTTPStatusCode"],
        "members": response,
    }


def run(call):
    service = client(call["service"])
    try:
        if "pages" in call:
            paginator = service.get_paginator(call["operation"])
            pages = paginator.paginate(**call["input"], PaginationConfig={"PageSize": call["pages"]})
            return {"output": list(pages)}
        return {"output": getattr(service, call["operation"])(**call["input"])}
    except botocore.exceptions.ClientError as error:
        return {"error": describe(error)}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line)), default=plain), flush=True)
