import type { NormativeSentence } from '../../check.ts'

/** Sentences of RFCs by their section, and the requirements (`R-091`) or checks (`retrieve/listed`) that quote them. `…` marks omissions. */
const quotes: Readonly<Record<string, string>> = {
  'RFC 7643 §2.1: R-025 patch-paths/names-in-any-case':
    'Attribute names MUST conform to the following ABNF rules: … all attribute names defined by the above rule are case insensitive.',
  'RFC 7643 §2.3.5: R-032':
    'The attribute value MUST be encoded as a valid xsd:dateTime as specified in Section 3.3.7 of [XML-Schema] and MUST include both a date and a time.',
  'RFC 7643 §2.3.7: R-034 group/of-user-ref':
    'The value MUST be the absolute or relative URI of the target resource. … An HTTP client performing a GET operation on a reference URI MUST receive the target resource or an appropriate HTTP response code.',
  'RFC 7643 §2.3.8: R-035':
    'A complex attribute MUST NOT contain sub-attributes that have sub-attributes (i.e., that are complex).',
  'RFC 7643 §2.3.8: R-036':
    'Servers and clients MUST NOT require or expect attributes to be in any specific order when an object is either generated or analyzed.',
  'RFC 7643 §2.4: R-037 discovery/authentication-schemes-primary':
    'The primary attribute value "true" MUST appear no more than once.',
  'RFC 7643 §2.5: R-040':
    'Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
  'RFC 7643 §3: R-026 R-055':
    'All representations of SCIM schemas MUST include a non-empty array with value(s) of the URIs supported by that representation.',
  'RFC 7643 §3: R-027':
    'The "schemas" attribute for a resource MUST only contain values defined as "schema" and "schemaExtensions" for the resource\'s defined "resourceType". Duplicate values MUST NOT be included.',
  'RFC 7643 §3: R-028': 'Value order is not specified and MUST NOT impact behavior.',
  'RFC 7643 §3.1: R-041': 'Each representation of the resource MUST include a non-empty "id" value.',
  'RFC 7643 §3.1: common/id-stays common/id-not-reused':
    'It MUST be a stable, non-reassignable identifier that does not change when the same resource is returned in subsequent requests.',
  'RFC 7643 §3.1: common/id-of-one-type':
    "This identifier MUST be unique across the SCIM service provider's entire set of resources.",
  'RFC 7643 §3.1: R-043':
    'The string "bulkId" is a reserved keyword and MUST NOT be used within any unique identifier value.',
  'RFC 7643 §3.1: R-044':
    'The value of the "externalId" attribute is always issued by the provisioning client and MUST NOT be specified by the service provider.',
  'RFC 7643 §3.1: R-047':
    'the attributes "id" and "meta" (and its associated sub-attributes) MUST be assigned values by the service provider',
  'RFC 7643 §3.1: R-048': 'This attribute SHALL be ignored when provided by clients.',
  'RFC 7643 §3.1: R-050':
    'If this resource has never been modified since its initial creation, the value MUST be the same as the value of "created".',
  'RFC 7643 §3.1: meta/content-location':
    'This value MUST be the same as the "Content-Location" HTTP response header',
  'RFC 7643 §3.3: R-029':
    'The "schemas" attribute MUST contain at least one value, which SHALL be the base schema for the resource.',
  'RFC 7643 §3.3: R-054':
    'the schema extension URI SHALL be used as a JSON container to distinguish attributes belonging to the extension namespace from base schema attributes',
  'RFC 7643 §4.1.1: patch/unique':
    "This identifier MUST be unique across the service provider's entire set of Users.",
  'RFC 7643 §4.1.1: user/name-required user/name-not-empty':
    'Each User MUST include a non-empty userName value.',
  'RFC 7643 §4.1.1: R-066':
    "This identifier MUST be unique across the service provider's entire set of Users. This attribute is REQUIRED and is case insensitive.",
  'RFC 7643 §4.1.1: R-068 projection/never-returned':
    'The cleartext value or the hashed value of a password SHALL NOT be returnable by a service provider.',
  'RFC 7643 §4.1.1: user/password-hidden-in-errors':
    'the value MUST NOT be returned by a service provider in any form',
  'RFC 7643 §4.1.2: R-073':
    'Since this attribute has a mutability of "readOnly", group membership changes MUST be applied via the "Group" Resource',
  'RFC 7643 §4.2: R-077': 'displayName: A human-readable name for the Group. REQUIRED.',
  'RFC 7643 §5: R-148':
    'supported: A Boolean value specifying whether or not the operation is supported. REQUIRED.',
  'RFC 7643 §5: R-123':
    'maxResults: An integer value specifying the maximum number of resources returned in a response. REQUIRED.',
  'RFC 7643 §6: R-154 transport/endpoints-below-base':
    'Unlike other core resources, all attributes are REQUIRED unless otherwise specified. … endpoint: The resource type\'s HTTP-addressable endpoint relative to the Base URL of the service provider, e.g., "Users". REQUIRED.',
  'RFC 7643 §6: schemas/type-schema schemas/type-schema-known':
    'This MUST be equal to the "id" attribute of the associated "Schema" resource. REQUIRED.',
  'RFC 7643 §6: schemas/type-extensions':
    'required: A Boolean value that specifies whether or not the schema extension is required for the resource type. … REQUIRED.',
  'RFC 7643 §6: enterprise/required': 'If true, a resource of this type MUST include this schema extension',
  'RFC 7643 §7: R-152': 'all attributes are REQUIRED unless otherwise specified',
  'RFC 7643 §7: schemas/schema-id':
    'The unique URI of the schema. When applicable, service providers MUST specify the URI',
  'RFC 7643 §7: R-045 R-110': 'The server SHALL use case sensitivity when evaluating filters.',
  'RFC 7643 §7: R-049': 'readOnly: The attribute SHALL NOT be modified.',
  'RFC 7643 §7: R-060': 'immutable: … The attribute SHALL NOT be updated.',
  'RFC 7643 §7: R-062 common/external-id-kept':
    'For attributes that are case exact, the server SHALL preserve case for any value submitted.',
  'RFC 7644 §1.3: R-011': 'The Base URI MUST NOT contain a query string',
  'RFC 7644 §2: R-005':
    'a SCIM service provider SHALL indicate supported HTTP authentication schemes via the "WWW-Authenticate" header',
  'RFC 7644 §2: R-006':
    "the SCIM service provider MUST be able to map the authenticated client to an access control policy in order to determine the client's authorization to retrieve and update SCIM resources",
  'RFC 7644 §3.1: R-084 R-090 retrieve/same-in-list put/answers-as-stored patch-paths/answers-as-stored':
    'SCIM responses SHALL reflect resource state as interpreted by the SCIM service provider.',
  'RFC 7644 §3.1: R-151':
    'SCIM message schemas using the above prefix URN SHALL NOT be discoverable using the "/Schemas" endpoint',
  'RFC 7644 §3.2: R-088': 'PUT MUST NOT be used to create new resources.',
  'RFC 7644 §3.3: R-082':
    'When the service provider successfully creates the new resource, an HTTP response SHALL be returned with HTTP status code 201 (Created).',
  'RFC 7644 §3.3: R-051 R-083':
    'The URI of the created resource SHALL include, in the HTTP "Location" header and the HTTP body, a JSON representation [RFC7159] with the attribute "meta.location".',
  'RFC 7644 §3.3: R-042 R-059 R-085 enterprise/manager-display-name':
    'In the request body, attributes whose mutability is "readOnly" (see Sections 2.2 and 7 of [RFC7643]) SHALL be ignored.',
  'RFC 7644 §3.3: R-086':
    'the service provider MUST return HTTP status code 409 (Conflict) with a "scimType" error code of "uniqueness"',
  'RFC 7644 §3.3.1: R-053':
    'the meta attribute "resourceType" SHALL be set by the HTTP service provider to the corresponding resource type for the endpoint',
  'RFC 7644 §3.4.2: R-091 R-121 index-paging/count-zero-tells-total':
    'totalResults: The total number of results returned by the list or query operation. The value may be larger than the number of resources returned, such as when returning a single page … REQUIRED.',
  'RFC 7644 §3.4.2: retrieve/listed':
    'Resources: A multi-valued list of complex objects containing the requested resources. … REQUIRED if "totalResults" is non-zero.',
  'RFC 7644 §3.4.2: R-092 index-paging/start-index':
    'startIndex: The 1-based index of the first result in the current set of list results. REQUIRED when partial results are returned due to pagination.',
  'RFC 7644 §3.4.2: index-paging/items-per-page':
    'itemsPerPage: The number of resources returned in a list response page. REQUIRED when partial results are returned due to pagination.',
  'RFC 7644 §3.4.2: model/message-schemas':
    'Responses MUST be identified using the following URI: "urn:ietf:params:scim:api:messages:2.0:ListResponse".',
  'RFC 7644 §3.4.2: R-093':
    'A query that does not return any matches SHALL return success (HTTP status code 200) with "totalResults" set to a value of 0.',
  'RFC 7644 §3.4.2.1: R-094 search/everywhere':
    'A query against a server root indicates that all resources within the server SHALL be included, subject to filtering.',
  'RFC 7644 §3.4.2.1: retrieve/root-query-type': 'filters MUST be processed as outlined in Section 3.4.2.2',
  'RFC 7644 §3.4.2.1: retrieve/root-query-absent':
    'For filtered attributes that are not part of a particular resource type, the service provider SHALL treat the attribute as if there is no attribute value.',
  'RFC 7644 §3.4.2.1: R-095':
    'the server SHALL reject the request by returning an HTTP response with HTTP status code 400 (Bad Request) and JSON attribute "scimType" set to "tooMany" (see Table 9)',
  'RFC 7644 §3.4.2.2: R-097 R-098 R-099 R-100 R-101 R-102 R-106 search/filter patch-replace/user-name-found':
    'When specified, only those resources matching the filter expression SHALL be returned.',
  'RFC 7644 §3.4.2.2: R-104':
    'Attribute names and attribute operators used in filters are case insensitive. … only those resources matching the filter expression SHALL be returned',
  'RFC 7644 §3.4.2.2: R-105':
    'Filters MUST be evaluated using the following order of operations, in order of precedence: 1. Grouping operators 2. Logical operators - where "not" takes precedence over "and", which takes precedence over "or" 3. Attribute operators',
  'RFC 7644 §3.4.2.2: R-107 filter/value-path-logic filter/value-path-combined':
    'Service providers MAY support complex filters where expressions MUST be applied to the same value of a parent attribute specified immediately before the left square bracket ("[").',
  'RFC 7644 §3.4.2.2: R-103':
    'Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with "scimType" of "invalidFilter".',
  'RFC 7644 §3.4.2.2: R-109 filter/refuses-malformed search/refuses-bad-filter':
    'Providers MUST decline to filter results if the specified filter operation is not recognized and return an HTTP 400 error with a "scimType" error of "invalidFilter" and an appropriate human-readable response',
  'RFC 7644 §3.4.2.2: filter/ignores-case filter/ignores-case-in-parts advertised/case-ignored':
    'the case sensitivity for String type attributes SHALL be determined by the attribute\'s "caseExact" characteristic',
  'RFC 7644 §3.4.2.2: R-111':
    'the service provider SHALL use the value that was returned to the client that last created or modified the attribute',
  'RFC 7644 §3.4.2.3: R-114 R-116 search/sort':
    'The "sortBy" parameter specifies the attribute whose value SHALL be used to order the returned responses.',
  'RFC 7644 §3.4.2.3: sort/ascending':
    'If a value for "sortBy" is provided and no "sortOrder" is specified, "sortOrder" SHALL default to ascending.',
  'RFC 7644 §3.4.2.3: R-115': '"sortOrder" MUST sort according to the attribute type',
  'RFC 7644 §3.4.2.4, table 6: R-118 search/pages':
    'The 1-based index of the first query result. A value less than 1 SHALL be interpreted as 1.',
  'RFC 7644 §3.4.2.4, table 6: R-119':
    'the service provider MUST NOT return more results than specified, although it MAY return fewer results',
  'RFC 7644 §3.4.2.4, table 6: R-120':
    'A negative value SHALL be interpreted as "0". A value of "0" indicates that no resource results are to be returned except for "totalResults".',
  'RFC 7644 §3.4.2.5: R-139 R-141 advertised/default':
    'SCIM clients MAY use one of these two OPTIONAL parameters, which MUST be supported by SCIM service providers: … Attribute names MUST be in standard attribute notation (Section 3.10) form.',
  'RFC 7644 §3.4.2.5: R-056 R-140':
    'This parameter SHALL have no effect on attributes whose schema "returned" setting is "always"',
  'RFC 7644 §3.4.3: R-144':
    'The inclusion of "/.search" on the end of a valid SCIM endpoint SHALL be used to indicate that the HTTP POST verb is intended to be a query operation.',
  'RFC 7644 §3.5: R-159': 'Implementers MUST support HTTP PUT as specified in Section 4.3 of [RFC7231].',
  'RFC 7644 §3.5.1: R-160':
    'readWrite, writeOnly: Any values provided SHALL replace the existing attribute values.',
  'RFC 7644 §3.5.1: R-163 common/id-of-client-ignored-put advertised/read-only-put':
    'readOnly: Any values provided SHALL be ignored.',
  'RFC 7644 §3.5.2: R-143':
    'The server MUST return a 200 OK if the "attributes" parameter is specified in the request.',
  'RFC 7644 §3.5.2: R-166':
    'On successful completion, the server either MUST return a 200 OK response code and the entire resource within the response body, subject to the "attributes" query parameter (see Section 3.9), or MAY return HTTP status code 204 (No Content)',
  'RFC 7644 §3.5.2: R-172':
    'A PATCH request, regardless of the number of operations, SHALL be treated as atomic. If a single operation encounters an error condition, the original SCIM resource MUST be restored, and a failure status SHALL be returned.',
  'RFC 7644 §3.5.2: R-173 group/of-user-patched advertised/read-only-patch':
    "An operation that is not compatible with an attribute's mutability or schema SHALL return the appropriate HTTP response status code and a JSON detail error response as defined in Section 3.12.",
  'RFC 7644 §3.5.2: R-174':
    'a PATCH operation that sets a value\'s "primary" sub-attribute to "true" SHALL cause the server to automatically set "primary" to "false" for any other values in the array',
  'RFC 7644 §3.5.2.1: R-180':
    'Unless other operations change the resource, this operation SHALL NOT change the modify timestamp of the resource.',
  'RFC 7644 §3.5.2.2: R-182':
    'If "path" is unspecified, the operation fails with HTTP status code 400 and a "scimType" error code of "noTarget". … If a request fails, the server SHALL return an HTTP response status code and a JSON detail error response',
  'RFC 7644 §3.5.2.2: R-183 patch-remove/sub-attribute patch-remove/from-extension patch-remove/several':
    'If the target location is a single-value attribute, the attribute and its associated value is removed, and the attribute SHALL be considered unassigned.',
  'RFC 7644 §3.5.2.2: patch-remove/whole-list patch-members/remove-all':
    'If the target location is a multi-valued attribute and no filter is specified, the attribute and all values are removed, and the attribute SHALL be considered unassigned.',
  'RFC 7644 §3.5.2.2: R-184 patch-remove/by-filter-of-two patch-remove/part-by-filter':
    "If the target location is a complex multi-valued attribute and a complex filter is specified based on the attribute's sub-attributes, the matching records are removed. Sub-attributes whose values have been removed SHALL be considered unassigned.",
  'RFC 7644 §3.5.2.2: R-185':
    'If an attribute is removed or becomes unassigned and is defined as a required attribute or a read-only attribute, the server SHALL return an HTTP response status code and a JSON detail error response',
  'RFC 7644 §3.5.2.3: R-190':
    'If the target location path specifies an attribute that does not exist, the service provider SHALL treat the operation as an "add".',
  'RFC 7644 §3.5.2.3: R-192':
    'If the target location is a multi-valued attribute and a value selection ("valuePath") filter is specified that matches one or more values of the multi-valued attribute, then all matching record values SHALL be replaced.',
  'RFC 7644 §3.5.2.3: R-193':
    'the service provider SHALL indicate failure by returning HTTP status code 400 and a "scimType" error code of "noTarget"',
  'RFC 7644 §3.6: R-195':
    'In response to a successful DELETE, the server SHALL return a successful HTTP status code 204 (No Content).',
  'RFC 7644 §3.6: R-196':
    'Service providers MAY choose not to permanently delete the resource but MUST return a 404 (Not Found) error code for all operations associated with the previously deleted resource.',
  'RFC 7644 §3.6: R-197': 'Service providers MUST omit the resource from future query results.',
  'RFC 7644 §3.7: R-200':
    'If a bulk job is processed successfully, HTTP response code 200 OK MUST be returned; otherwise, an appropriate HTTP error code MUST be returned.',
  'RFC 7644 §3.7: R-201':
    'The service provider MUST continue performing as many changes as possible and disregard partial failures.',
  'RFC 7644 §3.7: R-202':
    'The service provider MUST return the same "bulkId" together with the newly created resource.',
  'RFC 7644 §3.7: R-206':
    'data: The resource data as it would appear for a single SCIM POST, PUT, or PATCH operation. REQUIRED in a request when "method" is "POST", "PUT", or "PATCH".',
  'RFC 7644 §3.7: R-207':
    "the service provider MUST ensure that the client's intent is preserved and the same stateful result is achieved as for non-optimized processing",
  'RFC 7644 §3.7: bulk/method': 'method: The HTTP method of the current operation. … REQUIRED.',
  'RFC 7644 §3.7: bulk/error-in-response':
    'When indicating an error, the "response" attribute MUST contain the detail error response as per Section 3.12.',
  'RFC 7644 §3.7.1: R-204':
    'The service provider MUST try to resolve circular cross-references between resources in a single bulk job but MAY stop after a failed attempt and instead return HTTP status code 409 (Conflict).',
  'RFC 7644 §3.7.2: R-203':
    'The service provider MUST replace the string "bulkId:qwerty" with the permanent resource id once created.',
  'RFC 7644 §3.7.2: bulk-references/in-extensions':
    'Extensions that include references to other resources MUST be handled in the same way by the service provider.',
  'RFC 7644 §3.7.3: bulk/creates bulk/replaces-and-deletes':
    'The service provider response MUST include the result of all processed operations.',
  'RFC 7644 §3.7.3: R-205':
    'A "location" attribute that includes the resource\'s endpoint MUST be returned for all operations except for failed POST operations (which have no location).',
  'RFC 7644 §3.7.4: R-198':
    'The service provider MUST define the maximum number of operations and maximum payload size a client may send in a single request.',
  'RFC 7644 §3.7.4: R-199':
    'If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large).',
  'RFC 7644 §3.8: R-001':
    'Servers MUST accept requests and be able to return JSON-structured responses using UTF-8 encoding [RFC3629].',
  'RFC 7644 §3.8: R-002':
    'Service providers MUST support the "Accept" header "Accept: application/scim+json"',
  'RFC 7644 §3.9: R-138':
    'the default list of attributes SHALL be overridden, and each resource returned MUST contain the minimum set of resource attributes and any attributes or sub-attributes explicitly requested by the "attributes" parameter',
  'RFC 7644 §3.11: R-209':
    'In any response, the HTTP "Location" header MUST be the permanent location of the aliased resource associated with the authenticated subject.',
  'RFC 7644 §3.12: R-016':
    'In addition to returning an HTTP response code, implementers MUST return the errors in the body of the response in a JSON format, using the attributes described below.',
  'RFC 7644 §3.12: R-017':
    'status: The HTTP status code (see Section 6 of [RFC7231]) expressed as a JSON string. REQUIRED.',
  'RFC 7644 §3.13: R-012':
    'When specified, service providers MUST perform the operation using the desired version or reject the request.',
  'RFC 7644 §3.14: R-210': 'When supported, SCIM ETags MUST be specified as an HTTP header',
  'RFC 7644 §4: R-147':
    'This endpoint SHALL return responses with a JSON object using a "schemas" attribute of "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig".',
  'RFC 7644 §4: R-150':
    'An HTTP GET to the endpoint "/Schemas" SHALL return all supported schemas in ListResponse format (see Figure 3).',
  'RFC 7644 §4: R-153':
    'When returning multiple ResourceTypes or Schemas, the message form described by the "urn:ietf:params:scim:api:messages:2.0:ListResponse" (ListResponse) form SHALL be used',
  'RFC 7644 §4: R-155':
    'Query parameters described in Section 3.4.2, such as filtering, sorting, and pagination, SHALL be ignored.',
  'RFC 7644 §5: R-067':
    'Before comparing or evaluating the uniqueness of a "userName" or "password" attribute, service providers MUST use the preparation, enforcement, and comparison of internationalized strings (PRECIS) preparation and comparison rules',
  'RFC 7644 §7.2: R-008':
    'SCIM clients and service providers MUST require the use of a transport-layer security mechanism when communicating with SCIM service providers.',
  'RFC 9110 §13.1.1: R-211':
    'An origin server that evaluates an If-Match condition MUST NOT perform the requested method if the condition evaluates to false.',
  'RFC 9865 §2: R-125':
    'Service providers supporting cursor-based pagination MUST include nextCursor in all paged query responses except when returning the last page.',
  'RFC 9865 §2: cursor-paging/count-zero cursor-paging/count-negative':
    'A negative value SHALL be interpreted as "0". A value of "0" indicates that no resource results are to be returned except for "totalResults".',
  'RFC 9865 §2: cursor-paging/no-previous-on-the-first':
    'previousCursor MUST NOT be returned with the first page.',
}

const sentences: ReadonlyMap<string, NormativeSentence> = new Map(
  Object.entries(quotes).flatMap(([key, text]) => {
    const [section = '', ids = ''] = key.split(': ')
    return ids.split(' ').map(id => [id, { section, text }] as const)
  }),
)

/** The sentence that a MUST is based on: that of the check, or of the first of its requirements with a sentence. */
export const normativeSentence = (
  check: string,
  requirements: readonly string[] = [],
): NormativeSentence | undefined =>
  [check, ...requirements].map(id => sentences.get(id)).find(sentence => sentence !== undefined)
