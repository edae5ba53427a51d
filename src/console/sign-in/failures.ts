import { signInAddresses } from '../../domain/contract/page-addresses.ts'
import type { ErrorPage } from './error-page.ts'
import type { SignInError } from './provider.ts'
import { type Claims, claimValues, hasGroupOverage } from './roles.ts'

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
