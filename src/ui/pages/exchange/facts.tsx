import { useContext } from 'preact/hooks'
import type { ClientKind, Credential, Exchange, ExchangeDetail } from '../../../domain/contract/exchanges.ts'
import { rulePage } from '../../../domain/documentation.ts'
import { describeClient } from '../../../scim/recognition/products.ts'
import { DocumentedId } from '../../components/documentation.tsx'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { Fact } from '../../components/layout.tsx'
import { Addresses, ExchangeLink } from '../../components/record-link.tsx'
import { ClientText, TenantTime, Time } from '../../components/text.tsx'
import { formatDuration } from '../../format.ts'
import { refusalLabel } from './texts.ts'

export const statusTone = (status: number): Tone => (status >= 400 ? 'bad' : 'good')

const dialects = {
  default: ['Entra', 'Entra ID with its default PATCH format'],
  aadOptscim062020: ['aadOptscim', 'Entra ID with the feature flag aadOptscim062020'],
  other: ['other', 'A client that is not Entra ID'],
} as const

export const DialectBadge = ({ dialect }: Pick<Exchange, 'dialect'>) => {
  if (!dialect) return null
  const [label, title] = dialects[dialect]
  return (
    <Badge title={title} tone={dialect === 'other' ? 'plain' : 'accent'}>
      {label}
    </Badge>
  )
}

const apiLabels: Readonly<Record<NonNullable<Exchange['api']>, string>> = {
  'identity-store': 'Identity Store API',
  'sso-admin': 'IAM Identity Center API (SSO Admin)',
  sts: 'AWS STS',
  unknown: 'AWS API, not named by the request',
}

const clientLabels: Readonly<Record<ClientKind, string>> = {
  entra: 'Entra ID',
  service: 'Other provisioning service',
  compliance: 'Compliance suite',
  sample: 'Sample (this console)',
  aws: 'AWS client (AWS CLI, SDK, Terraform)',
  'ad-hoc': 'Ad hoc (curl, scripts)',
}

/** What identifies the request, in a line. */
export function Facts({ exchange }: { readonly exchange: ExchangeDetail }) {
  const { status, at, tenantTime, cycle, fault, replayOf, parent, client, recognized, credential } = exchange
  const addresses = useContext(Addresses)
  return (
    <dl class="facts-line">
      <Fact name="Response">
        <span class={status >= 400 ? statusTone(status) : ''}>
          <b>{status}</b>
        </span>{' '}
        in {formatDuration(exchange.microseconds)}
      </Fact>
      <Fact name="at">
        <TenantTime at={at} tenantTime={tenantTime} whole />
        {tenantTime !== at && (
          <>
            {' '}
            (server time: <Time at={at} whole />)
          </>
        )}
      </Fact>
      <Fact name="in">{cycle && <a href={addresses.cycle(cycle)}>its cycle</a>}</Fact>
      <Fact name="Rejected">{refusalLabel(exchange)}</Fact>
      <Fact name="Fault injected">{fault?.summary}</Fact>
      <Fact name="Replay">
        {replayOf && (
          <>
            sent by the console. <ExchangeLink id={replayOf}>View original</ExchangeLink>
          </>
        )}
      </Fact>
      <Fact name="Part of">{parent && <ExchangeLink id={parent}>bulk request</ExchangeLink>}</Fact>
      <Fact name="Client">{client && (recognized ? describeClient(recognized) : clientLabels[client])}</Fact>
      <Fact name="Token">{exchange.token && `…${exchange.token.ending}`}</Fact>
      <Fact name="Credential">
        {credential && (
          <CredentialName credential={credential} address={addresses.credentials(exchange.tenant)} />
        )}
      </Fact>
      <Fact name="Access key">{exchange.accessKey !== undefined && <Code text={exchange.accessKey} />}</Fact>
    </dl>
  )
}

const Code = ({ text }: { readonly text: string }) => (
  <code>
    <ClientText text={text} />
  </code>
)

function CredentialName({
  credential,
  address,
}: {
  readonly credential: Credential
  readonly address: string | undefined
}) {
  if (credential.kind === 'jwt') return <>JWT of an issuer that is not trusted</>
  const name = <ClientText text={credential.name} />
  return (
    <>
      {credential.kind === 'client' ? 'Access token of ' : 'JWT of '}
      {address === undefined ? name : <a href={address}>{name}</a>}
    </>
  )
}

/** What few look for, below all else. */
export const LesserFacts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts-line part">
    <Fact name="Rule">{exchange.rule && <DocumentedId id={exchange.rule} page={rulePage} />}</Fact>
    <Fact name="Request ID">
      <code>{exchange.id}</code>
    </Fact>
    <Fact name="Profile">{exchange.profile}</Fact>
    <Fact name="Dialect">
      {exchange.dialect && exchange.dialect !== 'other' && !exchange.api && (
        <DialectBadge dialect={exchange.dialect} />
      )}
    </Fact>
    <Fact name="API">{exchange.api && apiLabels[exchange.api]}</Fact>
    <Fact name="Operation">
      {exchange.apiOperation !== undefined && <Code text={exchange.apiOperation} />}
    </Fact>
    <Fact name="Region">{exchange.region !== undefined && <ClientText text={exchange.region} />}</Fact>
    <Fact name="Client IP">{exchange.remoteAddress}</Fact>
  </dl>
)
