import { quotes } from './quotes.ts'

/** Lists, filters, sorting, paging and what is shown: by requirement, or by check where that differs. */
export const ofQueries = quotes({
  'RFC 7644 §3.4.2': {
    'R-091 R-121 index-paging/count-zero-tells-total':
      'totalResults: The total number of results returned by the list or query operation. The value may be larger than the number of resources returned, such as when returning a single page … REQUIRED.',
    'retrieve/listed-user retrieve/listed-group':
      'Resources: A multi-valued list of complex objects containing the requested resources. … REQUIRED if "totalResults" is non-zero.',
    'R-092 index-paging/start-index':
      'startIndex: The 1-based index of the first result in the current set of list results. REQUIRED when partial results are returned due to pagination.',
    'index-paging/items-per-page index-paging/items-per-last-page':
      'itemsPerPage: The number of resources returned in a list response page. REQUIRED when partial results are returned due to pagination.',
    'model/message-schemas':
      'Responses MUST be identified using the following URI: "urn:ietf:params:scim:api:messages:2.0:ListResponse".',
    'R-093':
      'A query that does not return any matches SHALL return success (HTTP status code 200) with "totalResults" set to a value of 0.',
  },
  'RFC 7644 §3.4.2.1': {
    'R-094 search/everywhere':
      'A query against a server root indicates that all resources within the server SHALL be included, subject to filtering.',
    'retrieve/root-query-type': 'filters MUST be processed as outlined in Section 3.4.2.2',
    'retrieve/root-query-absent':
      'For filtered attributes that are not part of a particular resource type, the service provider SHALL treat the attribute as if there is no attribute value.',
    'R-095':
      'the server SHALL reject the request by returning an HTTP response with HTTP status code 400 (Bad Request) and JSON attribute "scimType" set to "tooMany" (see Table 9)',
  },
  'RFC 7644 §3.4.2.2': {
    'R-097 R-098 R-099 R-100 R-101 R-102 R-106 search/filter patch-replace/user-name-found':
      'When specified, only those resources matching the filter expression SHALL be returned.',
    'R-104':
      'Attribute names and attribute operators used in filters are case insensitive. … only those resources matching the filter expression SHALL be returned',
    'R-105':
      'Filters MUST be evaluated using the following order of operations, in order of precedence: 1. Grouping operators 2. Logical operators - where "not" takes precedence over "and", which takes precedence over "or" 3. Attribute operators',
    'R-107 filter/value-path-logic filter/value-path-combined':
      'Service providers MAY support complex filters where expressions MUST be applied to the same value of a parent attribute specified immediately before the left square bracket ("[").',
    'R-103':
      'Boolean and Binary attributes SHALL cause a failed response (HTTP status code 400) with "scimType" of "invalidFilter".',
    'R-109 filter/refuses-no-value filter/refuses-no-operator filter/refuses-open-quotes filter/refuses-open-parenthesis filter/refuses-extra-parenthesis filter/refuses-open-bracket filter/refuses-empty-brackets filter/refuses-ends-with-and filter/refuses-begins-with-or filter/refuses-two-in-a-row filter/refuses-value-after-pr filter/refuses-symbols filter/refuses-bad-name search/refuses-bad-filter':
      'Providers MUST decline to filter results if the specified filter operation is not recognized and return an HTTP 400 error with a "scimType" error of "invalidFilter" and an appropriate human-readable response',
    'filter/ignores-case filter/ignores-case-in-parts filter/respects-case user/name-found-without-case advertised/case-ignored-users advertised/case-ignored-groups advertised/case-ignored-own':
      'the case sensitivity for String type attributes SHALL be determined by the attribute\'s "caseExact" characteristic',
    'R-111':
      'the service provider SHALL use the value that was returned to the client that last created or modified the attribute',
  },
  'RFC 7644 §3.4.2.3': {
    'R-114 R-116 search/sort':
      'The "sortBy" parameter specifies the attribute whose value SHALL be used to order the returned responses.',
    'sort/ascending-by-default':
      'If a value for "sortBy" is provided and no "sortOrder" is specified, "sortOrder" SHALL default to ascending.',
    'R-115': '"sortOrder" MUST sort according to the attribute type',
  },
  'RFC 7644 §3.4.2.4, table 6': {
    'R-118 search/pages':
      'The 1-based index of the first query result. A value less than 1 SHALL be interpreted as 1.',
    'R-119':
      'the service provider MUST NOT return more results than specified, although it MAY return fewer results',
    'R-120':
      'A negative value SHALL be interpreted as "0". A value of "0" indicates that no resource results are to be returned except for "totalResults".',
  },
  'RFC 7644 §3.4.2.5': {
    'R-139 R-141 advertised/default-users advertised/default-groups advertised/default-own':
      'SCIM clients MAY use one of these two OPTIONAL parameters, which MUST be supported by SCIM service providers: … Attribute names MUST be in standard attribute notation (Section 3.10) form.',
    'R-056 R-140':
      'This parameter SHALL have no effect on attributes whose schema "returned" setting is "always"',
  },
  'RFC 7644 §3.4.3': {
    'R-144':
      'The inclusion of "/.search" on the end of a valid SCIM endpoint SHALL be used to indicate that the HTTP POST verb is intended to be a query operation.',
  },
  'RFC 7644 §3.9': {
    'R-138':
      'the default list of attributes SHALL be overridden, and each resource returned MUST contain the minimum set of resource attributes and any attributes or sub-attributes explicitly requested by the "attributes" parameter',
  },
  'RFC 9865 §2': {
    'R-125':
      'Service providers supporting cursor-based pagination MUST include nextCursor in all paged query responses except when returning the last page.',
    'R-128': 'the service provider MUST NOT return more results than specified',
  },
  'RFC 9865 §2.4': {
    'R-132':
      'Service providers supporting both pagination methods MUST choose a pagination method to use when responding to requests that have not specified a pagination query parameter.',
  },
})
