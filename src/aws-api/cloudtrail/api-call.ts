import { type KnownAwsApi, parseAwsOperation } from '../../domain/journal/aws-operations.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { identityStoreArn, identityStoreId, principalArn } from '../identifiers.ts'
import type { LoggedCall } from './call.ts'
import { hidden, parseBody, type Reveal, revealMembers } from './hidden.ts'

const eventSources: Readonly<Record<KnownAwsApi, string>> = {
  'identity-store': 'identitystore.amazonaws.com',
  'sso-admin': 'sso.amazonaws.com',
  sts: 'sts.amazonaws.com',
}

export function apiCall(exchange: Exchange, account: string, tenant: string): LoggedCall | undefined {
  const { api, apiOperation, accessKey, refusal, status } = exchange
  // AWS rejects wrong signatures and unknown operations before it logs.
  const isAuthenticated = refusal === undefined || refusal === 'read-only'
  if (api === undefined || api === 'unknown' || accessKey === undefined || !isAuthenticated) return undefined
  const name = apiOperation === undefined ? undefined : parseAwsOperation(apiOperation)
  const error = status < 400 ? undefined : readError(exchange)
  if (name === undefined || error?.code === 'UnknownOperationException') return undefined
  const readOnly = /^(Describe|Get|Is|List)/.test(name)
  const store = identityStoreId(tenant)
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

function readError({ response }: Exchange): NonNullable<LoggedCall['error']> {
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
