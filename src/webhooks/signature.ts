import { createHmac, randomUUID } from 'node:crypto'

/** The key of a secret `whsec_…`. */
export type SigningKey = Buffer

const mistake =
  'has to be secrets as Standard Webhooks writes them, separated by blanks: "whsec_" and the base64 of 24 to 64 random bytes'

/**
 * The keys of the secrets in the text of the setting. Throws an Error that doesn't repeat them. Messages are signed with
 * each, so that receivers can change over from an old secret to a new one.
 */
export function readWebhookSecrets(text: string): readonly SigningKey[] {
  const secrets = text.split(/\s+/).filter(Boolean)
  return secrets.map((secret, index) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
    const key = Buffer.from(base64, 'base64')
    const isWhole = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
    if (isWhole && key.length >= 24 && key.length <= 64) return key
    throw new Error(secrets.length === 1 ? mistake : `${mistake}; number ${index + 1} is not one`)
  })
}

/** The id of a message. It has no full stop, which separates what is signed. */
export const newMessageId = (): string => `msg_${randomUUID().replaceAll('-', '')}`

/**
 * The headers of one attempt to deliver a message (Standard Webhooks 1.0.0). `at` is the time of the attempt in
 * milliseconds since 1970. Without a key there is no signature.
 */
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
