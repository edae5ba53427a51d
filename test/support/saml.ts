import { generateKeyPairSync } from 'node:crypto'
import boxyhq from '@boxyhq/saml20'
import { selfSignedCertificate } from './x509.ts'

/** Another implementation of SAML. */
export const saml20 = boxyhq.default

const day = 24 * 60 * 60 * 1000

/** The time of all responses. */
export const now = Date.parse('2026-03-01T09:30:00.000Z')
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()

export const acs = 'https://us-east-1.signin.aws/platform/saml/acs/0123456789'
export const audience = 'https://us-east-1.signin.aws/platform/saml/d-0123456789'
export const entityId = 'https://sts.windows.net/7c2d4f6e-0000-4000-8000-1f2a3b4c5d6e/'

/** A key with a certificate of a foreign identity provider. */
export type Signer = { readonly key: string; readonly certificate: string }

export function createSigner(
  [from, until]: readonly [fromDay: number, untilDay: number] = [-30, 365],
  time = now,
): Signer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: selfSignedCertificate(privateKey, {
      name: 'idp.example',
      notBefore: new Date(time + from * day),
      notAfter: new Date(time + until * day),
    }),
  }
}

const bare = (certificate: string) => certificate.replace(/-----[^-]+-----|\s/g, '')

/** Metadata of an identity provider with these certificates. */
export const metadataOf = (
  signers: readonly Signer[],
  { id = entityId, more = '', signInUrl = 'https://idp.example/saml' } = {},
): string => `<?xml version="1.0" encoding="utf-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}"><IDPSSODescriptor ${more}
  protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${signers
    .map(
      ({ certificate }) =>
        `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bare(certificate)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`,
    )
    .join('')}${
    signInUrl &&
    `<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${signInUrl}"/>`
  }</IDPSSODescriptor></EntityDescriptor>`

export const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'

type ResponseParts = {
  readonly nameId?: string
  readonly format?: string
  /** Instead of the whole element. */
  readonly subject?: string
  readonly issuer?: string
  readonly destination?: string
  readonly recipient?: string
  readonly audiences?: readonly string[]
  /** Minutes before and after the time of all responses. */
  readonly notBefore?: number
  readonly notOnOrAfter?: number
  readonly confirmedUntil?: number
  readonly attributes?: string
  readonly id?: string
}

/** An assertion that AWS accepts, with other parts where they are given. */
export function assertionXml({
  nameId = 'anna@example.com',
  format = emailFormat,
  subject,
  issuer = entityId,
  recipient = acs,
  audiences = [audience],
  notBefore = -5,
  notOnOrAfter = 60,
  confirmedUntil = notOnOrAfter,
  attributes = '',
  id = '_assertion',
}: ResponseParts = {}): string {
  const name = subject ?? `<saml:NameID${format && ` Format="${format}"`}>${nameId}</saml:NameID>`
  const restriction = audiences.map(each => `<saml:Audience>${each}</saml:Audience>`).join('')
  return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject>${name}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(confirmedUntil)}" Recipient="${recipient}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(notBefore)}" NotOnOrAfter="${at(notOnOrAfter)}">${restriction && `<saml:AudienceRestriction>${restriction}</saml:AudienceRestriction>`}</saml:Conditions>${attributes && `<saml:AttributeStatement>${attributes}</saml:AttributeStatement>`}</saml:Assertion>`
}

export const responseXml = (
  content: string,
  { destination = acs, status = 'Success', issuer = entityId } = {},
): string =>
  `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="${at(0)}" Destination="${destination}"><saml:Issuer>${issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>${content}</samlp:Response>`

/** A response with an assertion of these parts. */
export const responseWith = (parts: ResponseParts = {}): string =>
  responseXml(assertionXml(parts), {
    destination: parts.destination ?? parts.recipient ?? acs,
    ...(parts.issuer !== undefined && { issuer: parts.issuer }),
  })

const signAt =
  (path: string) =>
  (xml: string, { key, certificate }: Signer) =>
    saml20.sign(xml, key, certificate, path)

export const signResponse = signAt('/*[local-name(.)="Response"]')
export const signAssertion = signAt('//*[local-name(.)="Assertion"]')

export const toBase64 = (xml: string): string => Buffer.from(xml).toString('base64')
