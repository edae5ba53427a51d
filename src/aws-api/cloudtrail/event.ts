import { hash } from 'node:crypto'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { JsonObject } from '../../scim/json.ts'
import { accountId } from '../identifiers.ts'
import { apiCall } from './api-call.ts'
import { scimCall } from './scim-call.ts'

export type TrailContext = {
  readonly region: string
}

/**
 * The event that AWS CloudTrail would record for an exchange; undefined if it would record none: for tenants of other
 * profiles, requests that AWS has no operation for, and requests that AWS rejects before it knows the account.
 */
export function cloudTrailEvent(exchange: Exchange, { region }: TrailContext): JsonObject | undefined {
  const { tenant } = exchange
  if (tenant === undefined || exchange.profile !== 'aws' || exchange.parent !== undefined) return undefined
  const account = accountId(tenant)
  const call = exchange.api === undefined ? scimCall(exchange, account) : apiCall(exchange, account, tenant)
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
