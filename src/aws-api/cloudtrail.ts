import { hash } from 'node:crypto'
import { type KnownAwsApi, parseAwsOperation } from '../domain/journal/aws-operations.ts'
import type { Exchange } from '../domain/journal/exchange.ts'
import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { readAddress } from '../scim-api/http/route.ts'
import { accountId, identityStoreArn, identityStoreId, type Owner, principalArn } from './identifiers.ts'

export type TrailContext = {
  readonly region: string
  /** The tenant of the exchange, if it still exists. */
  readonly owner?: Owner | undefined
}

/**
 * The event that AWS CloudTrail would record for an exchange; undefined if it would record none: for tenants of other
 * profiles, requests that AWS has no operation for, and requests that AWS rejects before it knows the account.
 */
export function cloudTrailEvent(exchange: Exchange, { region, owner }: TrailContext): JsonObject | undefined {
  const { tenant } = exchange
  if (tenant === undefined || exchange.profile !== 'aws' || exchange.parent !== undefined) return undefined
  const account = accountId(owner ?? tenant)
  const call =
    exchange.api === undefined ? scimCall(exchange, account) : apiCall(exchange, account, owner ?? tenant)
  if (!call) return undefined
  const { userIdentity, eventSource, eventName, error, resources } = call
  const { headers } = exchange.request
  return {
    eventVersion: '1.10',
    userIdentity,
    eventTime: `${new Date(exchange.tenantTime).toISOString().slice(0, 19)}Z`,
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress: exchange.remoteAddress ?? '',
    userAgent: headers['user-agent'] ?? '',
    ...(error && {
      errorCode: error.code,
      ...(error.message !== undefined && { errorMessage: error.message }),
    }),
    requestParameters: call.requestParameters,
    responseElements: call.responseElements,
    requestID: exchange.id,
    eventID: eventId(exchange.id),
    readOnly: call.readOnly,
    ...(resources && { resources: [...resources] }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...(headers.host !== undefined && { tlsDetails: { clientProvidedHostHeader: headers.host } }),
  }
}

/** A UUID that follows from the request's, so that an event has the same ID in each export. */
const eventId = (request: string): string => {
  const digits = hash('sha256', `cloudtrail ${request}`, 'hex')
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
  ]
  return [...parts, digits.slice(20, 32)].join('-')
}

const eventSources: Readonly<Record<KnownAwsApi, string>> = {
  'identity-store': 'identitystore.amazonaws.com',
  'sso-admin': 'sso.amazonaws.com',
  sts: 'sts.amazonaws.com',
}

export function apiCall(exchange: Exchange, account: string, owner: Owner): LoggedCall | undefined {
  const { api, apiOperation, accessKey, refusal, status } = exchange
  // AWS rejects wrong signatures and unknown operations before it logs.
  const isAuthenticated = refusal === undefined || refusal === 'read-only'
  if (api === undefined || api === 'unknown' || accessKey === undefined || !isAuthenticated) return undefined
  const name = apiOperation === undefined ? undefined : parseAwsOperation(apiOperation)
  const error = status < 400 ? undefined : readApiError(exchange)
  if (name === undefined || error?.code === 'UnknownOperationException') return undefined
  const readOnly = /^(Describe|Get|Is|List)/.test(name)
  const store = identityStoreId(owner)
  return {
    userIdentity: {
      type: 'IAMUser',
      principalId: accessKey,
      arn: principalArn(account, accessKey),
      accountId: account,
      accessKeyId: accessKey,
      userName: accessKey,
    },
    eventSource: eventSources[api],
    eventName: name,
    ...(error && { error }),
    requestParameters: error?.code === 'ThrottlingException' ? null : elements(api, exchange.request),
    responseElements:
      error || (readOnly && api !== 'identity-store') ? null : elements(api, exchange.response),
    readOnly,
    ...(api === 'identity-store' && {
      resources: [
        {
          accountId: account,
          type: 'AWS::IdentityStore::IdentityStore',
          ARN: identityStoreArn(account, store),
        },
      ],
    }),
  }
}

function readApiError({ response }: Exchange): NonNullable<LoggedCall['error']> {
  const body = parseBody(response)
  if (!isObject(body)) return { code: 'InternalServerException' }
  const { __type: type, Message: capital, message = capital } = body
  const code = typeof type === 'string' ? type : 'InternalServerException'
  if (code === 'ThrottlingException') return { code, message: 'Rate exceeded' }
  return { code, ...(typeof message === 'string' && message !== '' && { message }) }
}

function elements(api: KnownAwsApi, message: Exchange['request']): Json {
  const body = parseBody(message)
  if (!isObject(body) || Object.keys(body).length === 0 || api === 'sts') return null
  return withLowerNames(api === 'identity-store' ? revealMembers(body, revealMember) : body)
}

const withLowerNames = (value: Json): Json => {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withLowerNames)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      withLowerNames(member),
    ]),
  )
}

/** Members of the Identity Store API that are not of a sensitive shape (service model), in lower case. */
const plainMembers = new Set([
  ...['identitystoreid', 'userid', 'groupid', 'membershipid', 'groupids', 'attributepath', 'userstatus'],
  ...['nexttoken', 'createdby', 'updatedby'],
])

/** Ids are shown, values are hidden, and external IDs are left out: AWS has removed them from its events. */
const revealMember: Reveal = (name, value) => {
  const folded = name.toLowerCase()
  if (folded === 'externalids' || folded === 'externalid') return undefined
  if (plainMembers.has(folded)) return value
  // Names of extensions in a request; documents in a response.
  if (folded === 'extensions' && Array.isArray(value)) return value
  if (folded === 'attributevalue') return hidden
  return revealMembers(value, revealMember)
}

// Names, members and hidden values as in AWS's examples:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html

type Names = Readonly<Record<string, string>>

const collectionNames: Readonly<Record<string, Names>> = {
  Users: { GET: 'ListUsers', POST: 'CreateUser' },
  Groups: { GET: 'ListGroups', POST: 'CreateGroup' },
  Schemas: { GET: 'ListSchemas' },
  ResourceTypes: { GET: 'ListResourceTypes' },
  ServiceProviderConfig: { GET: 'ServiceProviderConfig' },
}

const resourceNames: Readonly<Record<string, Names>> = {
  Users: { GET: 'GetUser', PUT: 'PutUser', PATCH: 'PatchUser', DELETE: 'DeleteUser' },
  Groups: { GET: 'GetGroup', PATCH: 'PatchGroup', DELETE: 'DeleteGroup' },
  Schemas: { GET: 'GetSchema' },
}

/** The error of each status (AWS: SCIM implementation developer guide, error responses). */
export const scimErrorCodes: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnauthorizedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  429: 'ThrottlingException',
}

export function scimCall(exchange: Exchange, account: string): LoggedCall | undefined {
  const { status, method } = exchange
  const found = findOperation(exchange)
  if (!found) return undefined
  const error = status < 400 ? undefined : readScimError(exchange)
  const isThrottled = error?.code === 'ThrottlingException'
  return {
    userIdentity: {
      type: error ? 'Unknown' : 'WebIdentityUser',
      accountId: account,
      ...(exchange.token && { accessKeyId: exchange.token.id }),
    },
    eventSource: 'identitystore-scim.amazonaws.com',
    eventName: found.name,
    ...(error && { error }),
    requestParameters: isThrottled ? null : requestParameters(exchange, found.id),
    responseElements: error ? null : responseElements(exchange),
    readOnly: method === 'GET',
  }
}

function findOperation({ url, method }: Exchange) {
  const [endpoint = '', id, ...more] = segmentsOf(url)
  if (more.length > 0) return undefined
  const names = (id === undefined ? collectionNames : resourceNames)[endpoint] ?? {}
  const name = Object.hasOwn(names, method) ? names[method] : undefined
  return name === undefined ? undefined : { name, id }
}

function segmentsOf(url: string): readonly string[] {
  try {
    return readAddress(url)?.segments ?? []
  } catch {
    return []
  }
}

function readScimError({ status, response }: Exchange): NonNullable<LoggedCall['error']> {
  const body = parseBody(response)
  const detail = isObject(body) ? body.detail : undefined
  return {
    code: scimErrorCodes[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException'),
    ...(typeof detail === 'string' && { message: status === 429 ? 'Rate exceeded' : detail }),
  }
}

function requestParameters({ method, request, tenant = '' }: Exchange, id: string | undefined): JsonObject {
  const httpBody = request.body === undefined ? undefined : bodyOf(method, parseBody(request))
  return {
    ...(httpBody !== undefined && { httpBody }),
    tenantId: tenant,
    ...(id !== undefined && { id }),
  }
}

/** A body that is cut or malformed is hidden as a whole. */
const bodyOf = (method: string, body: Json | undefined): Json => {
  if (body === undefined) return hidden
  return method === 'PATCH' ? revealPatch(body) : revealMembers(body, revealResource)
}

function responseElements({ response }: Exchange): Json {
  const body = parseBody(response)
  if (!isObject(body)) return null
  const { Resources: _resources, ...rest } = body
  return revealMembers(rest, revealResource)
}

const revealResource: Reveal = (name, value) => {
  switch (name.toLowerCase()) {
    case 'externalid':
      return undefined
    case 'id':
    case 'schemas':
      return value
    case 'meta':
      return revealMembers(value, (_, fact) => (typeof fact === 'string' ? writtenTime(fact) : fact))
    default:
      return revealMembers(value, revealResource)
  }
}

function writtenTime(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : undefined
  return time === undefined || Number.isNaN(time.getTime())
    ? text
    : javaTime.format(time).replace('\u202f', ' ')
}

/** "Oct 10, 2024, 1:23:45 PM" */
const javaTime = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
})

/** `{"operations":[{"op":"REPLACE","path":"emails","value":"HIDDEN…"}],"schemas":["HIDDEN…"]}` */
const revealPatch = (body: Json): Json => {
  if (!isObject(body)) return hidden
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) =>
      name.toLowerCase() === 'operations' && Array.isArray(value)
        ? ['operations', (value as readonly Json[]).map(revealOperation)]
        : [name, revealMembers(value, revealResource)],
    ),
  )
}

/** A path may contain a value: `members[value eq "…"]`. */
const revealOperation = (operation: Json): Json =>
  revealMembers(operation, (name, value) => {
    switch (name.toLowerCase()) {
      case 'op':
        return typeof value === 'string' ? value.toUpperCase() : hidden
      case 'path':
        return typeof value === 'string' && !/["']/.test(value) ? value : hidden
      default:
        return hidden
    }
  })

type LoggedCall = {
  readonly userIdentity: JsonObject
  readonly eventSource: string
  readonly eventName: string
  readonly error?: { readonly code: string; readonly message?: string }
  readonly requestParameters: Json
  readonly responseElements: Json
  readonly readOnly: boolean
  readonly resources?: readonly JsonObject[]
}

/** What CloudTrail shows in place of a personal value (AWS: logging SCIM API calls using CloudTrail). */
const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** What to show of a value; undefined: leave the member out. */
type Reveal = (name: string, value: Json) => Json | undefined

function revealMembers(value: Json, reveal: Reveal): Json {
  if (Array.isArray(value)) return value.map(item => revealMembers(item, reveal))
  if (!isObject(value)) return typeof value === 'string' ? hidden : value
  // From entries, because a member may be called __proto__.
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const shown = reveal(name, member)
      return shown === undefined ? [] : [[name, shown]]
    }),
  )
}

function parseBody({
  body,
  cutFrom,
}: {
  readonly body?: string
  readonly cutFrom?: number
}): Json | undefined {
  if (body === undefined || body === '' || cutFrom !== undefined) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
