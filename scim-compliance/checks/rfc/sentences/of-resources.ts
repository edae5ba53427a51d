import { quotes } from './quotes.ts'

/** Transport, errors, the resource model, users and groups, schemas: by requirement, or by check where that differs. */
export const ofResources = quotes({
  'RFC 7644 §1.3': {
    'R-011': 'The Base URI MUST NOT contain a query string',
  },
  'RFC 7644 §2': {
    'R-005':
      'a SCIM service provider SHALL indicate supported HTTP authentication schemes via the "WWW-Authenticate" header',
    'R-006':
      "the SCIM service provider MUST be able to map the authenticated client to an access control policy in order to determine the client's authorization to retrieve and update SCIM resources",
  },
  'RFC 7644 §3.1': {
    'R-084 R-089 R-090 retrieve/same-in-list-user retrieve/same-in-list-group put/answers-as-stored patch-paths/answers-as-stored':
      'SCIM responses SHALL reflect resource state as interpreted by the SCIM service provider.',
    'R-151':
      'SCIM message schemas using the above prefix URN SHALL NOT be discoverable using the "/Schemas" endpoint',
  },
  'RFC 7644 §3.3': {
    'R-082':
      'When the service provider successfully creates the new resource, an HTTP response SHALL be returned with HTTP status code 201 (Created).',
    'R-051 R-083':
      'The URI of the created resource SHALL include, in the HTTP "Location" header and the HTTP body, a JSON representation [RFC7159] with the attribute "meta.location".',
    'R-042 R-059 R-085 enterprise/manager-display-name':
      'In the request body, attributes whose mutability is "readOnly" (see Sections 2.2 and 7 of [RFC7643]) SHALL be ignored.',
    'R-086':
      'the service provider MUST return HTTP status code 409 (Conflict) with a "scimType" error code of "uniqueness"',
  },
  'RFC 7644 §3.3.1': {
    'R-053':
      'the meta attribute "resourceType" SHALL be set by the HTTP service provider to the corresponding resource type for the endpoint',
  },
  'RFC 7644 §3.8': {
    'R-001':
      'Servers MUST accept requests and be able to return JSON-structured responses using UTF-8 encoding [RFC3629].',
    'R-002': 'Service providers MUST support the "Accept" header "Accept: application/scim+json"',
  },
  'RFC 7644 §3.12': {
    'R-016':
      'In addition to returning an HTTP response code, implementers MUST return the errors in the body of the response in a JSON format, using the attributes described below.',
    'R-017':
      'status: The HTTP status code (see Section 6 of [RFC7231]) expressed as a JSON string. REQUIRED.',
  },
  'RFC 7644 §3.13': {
    'R-012':
      'When specified, service providers MUST perform the operation using the desired version or reject the request.',
  },
  'RFC 7644 §4': {
    'R-147':
      'This endpoint SHALL return responses with a JSON object using a "schemas" attribute of "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig".',
    'R-150':
      'An HTTP GET to the endpoint "/Schemas" SHALL return all supported schemas in ListResponse format (see Figure 3).',
    'R-153':
      'When returning multiple ResourceTypes or Schemas, the message form described by the "urn:ietf:params:scim:api:messages:2.0:ListResponse" (ListResponse) form SHALL be used',
    'R-155':
      'Query parameters described in Section 3.4.2, such as filtering, sorting, and pagination, SHALL be ignored.',
  },
  'RFC 7644 §5': {
    'R-067':
      'Before comparing or evaluating the uniqueness of a "userName" or "password" attribute, service providers MUST use the preparation, enforcement, and comparison of internationalized strings (PRECIS) preparation and comparison rules',
  },
  'RFC 7644 §7.2': {
    'R-008':
      'SCIM clients and service providers MUST require the use of a transport-layer security mechanism when communicating with SCIM service providers.',
  },
  'RFC 7643 §2.1': {
    'R-025 patch-paths/names-in-any-case':
      'Attribute names MUST conform to the following ABNF rules: … all attribute names defined by the above rule are case insensitive.',
  },
  'RFC 7643 §2.3.5': {
    'R-032':
      'The attribute value MUST be encoded as a valid xsd:dateTime as specified in Section 3.3.7 of [XML-Schema] and MUST include both a date and a time.',
  },
  'RFC 7643 §2.3.7': {
    'R-034 group/of-user-ref':
      'The value MUST be the absolute or relative URI of the target resource. … An HTTP client performing a GET operation on a reference URI MUST receive the target resource or an appropriate HTTP response code.',
  },
  'RFC 7643 §2.3.8': {
    'R-035':
      'A complex attribute MUST NOT contain sub-attributes that have sub-attributes (i.e., that are complex).',
    'R-036':
      'Servers and clients MUST NOT require or expect attributes to be in any specific order when an object is either generated or analyzed.',
  },
  'RFC 7643 §2.4': {
    'R-037 discovery/authentication-schemes-primary':
      'The primary attribute value "true" MUST appear no more than once.',
  },
  'RFC 7643 §2.5': {
    'R-040 R-161':
      'Unassigned attributes, the null value, or an empty array (in the case of a multi-valued attribute) SHALL be considered to be equivalent in "state".',
  },
  'RFC 7643 §3': {
    'R-026 R-055':
      'All representations of SCIM schemas MUST include a non-empty array with value(s) of the URIs supported by that representation.',
    'R-027':
      'The "schemas" attribute for a resource MUST only contain values defined as "schema" and "schemaExtensions" for the resource\'s defined "resourceType". Duplicate values MUST NOT be included.',
    'R-028': 'Value order is not specified and MUST NOT impact behavior.',
  },
  'RFC 7643 §3.1': {
    'R-041': 'Each representation of the resource MUST include a non-empty "id" value.',
    'common/id-stays common/id-not-reused':
      'It MUST be a stable, non-reassignable identifier that does not change when the same resource is returned in subsequent requests.',
    'common/id-of-one-type':
      "This identifier MUST be unique across the SCIM service provider's entire set of resources.",
    'R-043':
      'The string "bulkId" is a reserved keyword and MUST NOT be used within any unique identifier value.',
    'R-044':
      'The value of the "externalId" attribute is always issued by the provisioning client and MUST NOT be specified by the service provider.',
    'common/external-id-kept':
      'these attributes MUST be defined for all resources, including any extended resource types … This attribute has "caseExact" as "true"',
    'R-047':
      'the attributes "id" and "meta" (and its associated sub-attributes) MUST be assigned values by the service provider',
    'R-048': 'This attribute SHALL be ignored when provided by clients.',
    'meta/created': 'This attribute MUST be a DateTime.',
    'R-050':
      'If this resource has never been modified since its initial creation, the value MUST be the same as the value of "created".',
    'meta/content-location': 'This value MUST be the same as the "Content-Location" HTTP response header',
  },
  'RFC 7643 §3.3': {
    'R-029':
      'The "schemas" attribute MUST contain at least one value, which SHALL be the base schema for the resource.',
    'R-054':
      'the schema extension URI SHALL be used as a JSON container to distinguish attributes belonging to the extension namespace from base schema attributes',
  },
  'RFC 7643 §4.1.1': {
    'user/name-required user/name-not-empty': 'Each User MUST include a non-empty userName value.',
    'R-066':
      "This identifier MUST be unique across the service provider's entire set of Users. This attribute is REQUIRED and is case insensitive.",
    'R-068 projection/never-returned':
      'The cleartext value or the hashed value of a password SHALL NOT be returnable by a service provider.',
    'user/password-hidden-in-errors': 'the value MUST NOT be returned by a service provider in any form',
  },
  'RFC 7643 §4.1.2': {
    'R-073':
      'Since this attribute has a mutability of "readOnly", group membership changes MUST be applied via the "Group" Resource',
  },
  'RFC 7643 §4.2': {
    'R-077': 'displayName: A human-readable name for the Group. REQUIRED.',
  },
  'RFC 7643 §5': {
    'R-148': 'supported: A Boolean value specifying whether or not the operation is supported. REQUIRED.',
    'discovery/config-authentication-schemes':
      'authenticationSchemes: A multi-valued complex type that specifies supported authentication scheme properties. … REQUIRED.',
    'R-123':
      'maxResults: An integer value specifying the maximum number of resources returned in a response. REQUIRED.',
  },
  'RFC 7643 §6': {
    'R-154 transport/endpoints-below-base':
      'Unlike other core resources, all attributes are REQUIRED unless otherwise specified. … endpoint: The resource type\'s HTTP-addressable endpoint relative to the Base URL of the service provider, e.g., "Users". REQUIRED.',
    'schemas/type-schema schemas/type-schema-known schemas/type-extensions-known':
      'This MUST be equal to the "id" attribute of the associated "Schema" resource. REQUIRED.',
    'schemas/type-extensions':
      'required: A Boolean value that specifies whether or not the schema extension is required for the resource type. … REQUIRED.',
    'enterprise/required': 'If true, a resource of this type MUST include this schema extension',
  },
  'RFC 7643 §7': {
    'R-152': 'all attributes are REQUIRED unless otherwise specified',
    'schemas/schema-id':
      'The unique URI of the schema. When applicable, service providers MUST specify the URI',
    'R-045 R-110': 'The server SHALL use case sensitivity when evaluating filters.',
    'R-049': 'readOnly: The attribute SHALL NOT be modified.',
    'R-060': 'immutable: … The attribute SHALL NOT be updated.',
    'R-062': 'For attributes that are case exact, the server SHALL preserve case for any value submitted.',
  },
})
