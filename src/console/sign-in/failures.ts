import { hash } from 'node:crypto'
import { escapeHtml } from '../../domain/client-text.ts'
import { signInAddresses } from '../../domain/contract/page-addresses.ts'
import { type Claims, claimValues, hasGroupOverage } from './person.ts'
import type { SignInError } from './provider.ts'

export type Failure = {
  readonly kind: 'sign-in-failed' | 'provider-unreachable' | 'not-allowed'
  readonly page: ErrorPage
  readonly log: string
}

const again = { address: signInAddresses.signIn, text: 'Sign in again' }
const title = 'Sign-in failed'

export const unknownAttempt = (): Failure => ({
  kind: 'sign-in-failed',
  page: {
    title,
    paragraphs: [
      'This sign-in was not started in this browser, was completed already, or was started more than 10 minutes ago.',
    ],
    link: again,
  },
  log: 'the response of the identity provider belongs to no sign-in of this browser',
})

export function failureOf({ reason, code, message }: SignInError): Failure {
  const shown = code === undefined ? '' : ` (${code})`
  switch (reason) {
    case 'unreachable':
      return {
        kind: 'provider-unreachable',
        page: {
          title,
          paragraphs: ['The identity provider cannot be reached. The log of the server has the reason.'],
          link: again,
        },
        log: message,
      }
    case 'refused':
      return {
        kind: 'sign-in-failed',
        page: {
          title,
          paragraphs: [`The identity provider refused the sign-in${shown}.`],
          link: again,
        },
        log: message + shown,
      }
    case 'invalid':
      return {
        kind: 'sign-in-failed',
        page: {
          title,
          paragraphs: [
            'The response of the identity provider is not valid for this sign-in. The log of the server has the reason.',
          ],
          link: again,
        },
        log: message,
      }
  }
}

const maxValues = 50
const maxLength = 100

const shown = (claims: Claims, name: string) => ({
  name,
  values: claimValues(claims, name)
    .slice(0, maxValues)
    .map(value => value.slice(0, maxLength).toWellFormed()),
})

export function noRole(claims: Claims): Failure {
  const overage = hasGroupOverage(claims)
    ? [
        'You are in too many groups: Entra ID leaves the groups out of the token. Use app roles instead: assign the role Scimulator.Read or Scimulator.Write in the enterprise application, and set --console-readers and --console-writers to roles=….',
      ]
    : []
  return {
    kind: 'not-allowed',
    page: {
      title: 'No access',
      paragraphs: [
        'You signed in, but neither --console-readers nor --console-writers gives you a role.',
        ...overage,
      ],
      facts: [
        { name: 'Claims', values: Object.keys(claims).slice(0, maxValues) },
        shown(claims, 'roles'),
        shown(claims, 'groups'),
      ],
      link: again,
    },
    log: 'a person without a role signed in',
  }
}

export const otherPerson = (): Failure => ({
  kind: 'not-allowed',
  page: {
    title,
    paragraphs: ['Another person signed in than the one who had to confirm. Nothing was changed.'],
    link: { address: '/', text: 'Back to the console' },
  },
  log: 'another person signed in for a step-up',
})

export function notRecent(authenticated: number | undefined, acr: string | undefined): Failure {
  const context = acr === undefined ? '' : ` with the authentication context ${acr}`
  return {
    kind: 'not-allowed',
    page: {
      title: 'Confirmation failed',
      paragraphs: [
        authenticated === undefined
          ? 'The identity provider did not report when you authenticated. For Entra ID, add the optional claim auth_time to the ID token of the app registration.'
          : `The identity provider did not authenticate you again${context}. For Entra ID, a Conditional Access policy with the sign-in frequency "every time" is needed.`,
        'Nothing was changed.',
      ],
      link: { address: '/', text: 'Back to the console' },
    },
    log: 'a step-up was not recent or strong enough',
  }
}

export type ErrorPage = {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly facts?: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly link: { readonly address: string; readonly text: string }
}

const style = `
:root { color-scheme: light dark }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
dt { font-weight: 600 }
`

export const errorPagePolicy = `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'`

export function renderErrorPage({ title, paragraphs, facts = [], link }: ErrorPage): string {
  const terms = facts.map(
    ({ name, values }) =>
      `<dt>${escapeHtml(name)}</dt>\n<dd>${values.length > 0 ? values.map(escapeHtml).join(', ') : 'none'}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)} · Scimulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map(text => `<p>${escapeHtml(text)}</p>`).join('\n')}
${terms.length > 0 ? `<dl>\n${terms.join('\n')}\n</dl>\n` : ''}<p><a href="${escapeHtml(link.address)}">${escapeHtml(link.text)}</a></p>
</main>
</body>
</html>
`
}
