import { createHmac, randomUUID } from 'node:crypto'
import {
  type AddressKind,
  classifyAddress,
  createCheckedFetch,
  isRefusedAddress,
  type ResolveHost,
} from '../../domain/outbound/addresses.ts'

export type SigningKey = Buffer

const invalidSecrets =
  'must be Standard Webhooks secrets, separated by spaces: "whsec_" and the base64 of 24 to 64 random bytes'

/** Throws an Error without the keys. Messages are signed with every key, so that receivers can rotate secrets. */
export function readWebhookSecrets(text: string): readonly SigningKey[] {
  const secrets = text.split(/\s+/).filter(Boolean)
  return secrets.map((secret, index) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
    const key = Buffer.from(base64, 'base64')
    const isWhole = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    if (isWhole && key.length >= 24 && key.length <= 64) return key
    throw new Error(
      secrets.length === 1 ? invalidSecrets : `${invalidSecrets}; number ${index + 1} is invalid`,
    )
  })
}

/** The id of a message. Contains no full stop, which separates the signed parts. */
export const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`

/** Standard Webhooks 1.0.0. `at` is in milliseconds since 1970. Without a key there is no signature. */
export function deliveryHeaders(
  keys: readonly SigningKey[],
  { id, body }: { readonly id: string; readonly body: string },
  at: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000))
  const sign = (key: SigningKey) =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(keys.length > 0 && { 'webhook-signature': keys.map(sign).join(' ') }),
  }
}

export type DeliveryResult = { readonly ok: boolean; readonly status?: number; readonly reason?: string }

/** JSON for one or more URLs. All attempts have the same id, by which receivers detect duplicates. */
export type WebhookMessage = { readonly id: string; readonly body: string }

/** Attempts to deliver a message once. Never throws. */
export type PostMessage = (url: string, message: WebhookMessage, stop: AbortSignal) => Promise<DeliveryResult>

const timeout = 10_000

/** Receivers may be in a private network or on this machine; credentials of this machine are to be had at the others. */
const refused: readonly (AddressKind | undefined)[] = ['metadata', 'link-local', 'translated']

export const isRefusedWebhookAddress = (address: string): boolean =>
  refused.includes(classifyAddress(address))

type PostOptions = {
  readonly resolveHost?: ResolveHost
}

export function createPostMessage(
  keys: readonly SigningKey[],
  { resolveHost }: PostOptions = {},
): PostMessage {
  const { fetch } = createCheckedFetch({
    refuses: isRefusedWebhookAddress,
    timeout,
    // As for Node's own fetch.
    useProxy: process.env.NODE_USE_ENV_PROXY === '1',
    resolveHost,
  })
  return async (url, message, stop) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Scimulator',
          ...deliveryHeaders(keys, message, Date.now()),
        },
        body: message.body,
        // The operator has not configured the target of a redirect.
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(timeout)]),
      })
      await response.body?.cancel()
      const { ok, status } = response
      return ok ? { ok, status } : { ok, status, reason: `status ${status}` }
    } catch (error) {
      return { ok: false, reason: failureReason(error) }
    }
  }
}

// Without the error's message, which may contain the URL.
function failureReason(error: unknown): string {
  const { name, cause } = error as Error
  if (name === 'TimeoutError') return 'no response within 10 seconds'
  if (isRefusedAddress(error)) return 'address of a metadata service, or link-local'
  const code = (cause as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'not reachable'
}
