import { quotes } from './quotes.ts'

/** PUT, PATCH, DELETE, bulk requests, /Me and versions: by requirement, or by check where that differs. */
export const ofChanges = quotes({
  'RFC 7644 §3.2': {
    'R-088': 'PUT MUST NOT be used to create new resources.',
  },
  'RFC 7644 §3.5': {
    'R-159': 'Implementers MUST support HTTP PUT as specified in Section 4.3 of [RFC7231].',
  },
  'RFC 7644 §3.5.1': {
    'R-160': 'readWrite, writeOnly: Any values provided SHALL replace the existing attribute values.',
    'R-163 common/id-of-client-ignored-put advertised/read-only-put-users advertised/read-only-put-groups advertised/read-only-put-own':
      'readOnly: Any values provided SHALL be ignored.',
  },
  'RFC 7644 §3.5.2': {
    'R-143': 'The server MUST return a 200 OK if the "attributes" parameter is specified in the request.',
    'R-166 R-175':
      'On successful completion, the server either MUST return a 200 OK response code and the entire resource within the response body, subject to the "attributes" query parameter (see Section 3.9), or MAY return HTTP status code 204 (No Content)',
    'R-172':
      'A PATCH request, regardless of the number of operations, SHALL be treated as atomic. If a single operation encounters an error condition, the original SCIM resource MUST be restored, and a failure status SHALL be returned.',
    'R-173 common/id-of-client-patched group/of-user-patched advertised/read-only-patch-users advertised/read-only-patch-groups advertised/read-only-patch-own':
      "An operation that is not compatible with an attribute's mutability or schema SHALL return the appropriate HTTP response status code and a JSON detail error response as defined in Section 3.12.",
    'R-174':
      'a PATCH operation that sets a value\'s "primary" sub-attribute to "true" SHALL cause the server to automatically set "primary" to "false" for any other values in the array',
  },
  'RFC 7643 §4.1.1': {
    'patch/unique': "This identifier MUST be unique across the service provider's entire set of Users.",
  },
  'RFC 7644 §3.5.2.1': {
    'R-180':
      'Unless other operations change the resource, this operation SHALL NOT change the modify timestamp of the resource.',
  },
  'RFC 7644 §3.5.2.2': {
    'R-182':
      'If "path" is unspecified, the operation fails with HTTP status code 400 and a "scimType" error code of "noTarget". … If a request fails, the server SHALL return an HTTP response status code and a JSON detail error response',
    'R-183 patch-remove/sub-attribute patch-remove/from-extension patch-remove/several':
      'If the target location is a single-value attribute, the attribute and its associated value is removed, and the attribute SHALL be considered unassigned.',
    'patch-remove/whole-list patch-members/remove-all':
      'If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are removed, and the attribute SHALL be considered unassigned.',
    'R-184 patch-remove/by-filter-of-two patch-remove/part-by-filter':
      "If the target location is a complex multi-valued attribute and a complex filter is specified based on the attribute's sub-attributes, the matching records are removed. Sub-attributes whose values have been removed SHALL be considered unassigned.",
    'R-185':
      'If an attribute is removed or becomes unassigned and is defined as a required attribute or a read-only attribute, the server SHALL return an HTTP response status code and a JSON detail error response',
  },
  'RFC 7644 §3.5.2.3': {
    'R-190':
      'If the target location path specifies an attribute that does not exist, the service provider SHALL treat the operation as an "add".',
    'R-192':
      'If the target location is a multi-valued attribute and a value selection ("valuePath") filter is specified that matches one or more values of the multi-valued attribute, then all matching record values SHALL be replaced.',
    'R-193':
      'the service provider SHALL indicate failure by returning HTTP status code 400 and a "scimType" error code of "noTarget"',
  },
  'RFC 7644 §3.6': {
    'R-195':
      'In response to a successful DELETE, the server SHALL return a successful HTTP status code 204 (No Content).',
    'R-196 retrieve/deleted-user retrieve/deleted-group':
      'Service providers MAY choose not to permanently delete the resource but MUST return a 404 (Not Found) error code for all operations associated with the previously deleted resource.',
    'R-197': 'Service providers MUST omit the resource from future query results.',
  },
  'RFC 7644 §3.7': {
    'R-200':
      'If a bulk job is processed successfully, HTTP response code 200 OK MUST be returned; otherwise, an appropriate HTTP error code MUST be returned.',
    'R-201':
      'The service provider MUST continue performing as many changes as possible and disregard partial failures.',
    'R-202': 'The service provider MUST return the same "bulkId" together with the newly created resource.',
    'R-206':
      'data: The resource data as it would appear for a single SCIM POST, PUT, or PATCH operation. REQUIRED in a request when "method" is "POST", "PUT", or "PATCH".',
    'R-207':
      "the service provider MUST ensure that the client's intent is preserved and the same stateful result is achieved as for non-optimized processing",
    'bulk/method': 'method: The HTTP method of the current operation. … REQUIRED.',
    'bulk/error-in-response':
      'When indicating an error, the "response" attribute MUST contain the detail error response as per Section 3.12.',
  },
  'RFC 7644 §3.7.1': {
    'R-204':
      'The service provider MUST try to resolve circular cross-references between resources in a single bulk job but MAY stop after a failed attempt and instead return HTTP status code 409 (Conflict).',
  },
  'RFC 7644 §3.7.2': {
    'R-203':
      'The service provider MUST replace the string "bulkId:qwerty" with the permanent resource id once created.',
    'bulk-references/in-extensions':
      'Extensions that include references to other resources MUST be handled in the same way by the service provider.',
  },
  'RFC 7644 §3.7.3': {
    'bulk/creates bulk/replaces-and-deletes':
      'The service provider response MUST include the result of all processed operations.',
    'R-205':
      'A "location" attribute that includes the resource\'s endpoint MUST be returned for all operations except for failed POST operations (which have no location).',
  },
  'RFC 7644 §3.7.4': {
    'R-198':
      'The service provider MUST define the maximum number of operations and maximum payload size a client may send in a single request.',
    'R-199':
      'If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large).',
  },
  'RFC 7644 §3.11': {
    'R-209':
      'In any response, the HTTP "Location" header MUST be the permanent location of the aliased resource associated with the authenticated subject.',
  },
  'RFC 7644 §3.14': {
    'R-210': 'When supported, SCIM ETags MUST be specified as an HTTP header',
  },
  'RFC 9110 §13.1.1': {
    'R-211':
      'An origin server that evaluates an If-Match condition MUST NOT perform the requested method if the condition evaluates to false.',
  },
  'RFC 9110 §13.1.2': {
    'R-212':
      'An origin server that evaluates an If-None-Match condition MUST NOT perform the requested method if the condition evaluates to false',
  },
})
