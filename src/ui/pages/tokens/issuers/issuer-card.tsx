import type { IssuerKeys, TrustedIssuer } from '../../../../domain/contract/issuers.ts'
import { Badge } from '../../../components/feedback.tsx'
import { Fact } from '../../../components/layout.tsx'
import { May } from '../../../components/may.tsx'
import { ClientText, Time } from '../../../components/text.tsx'
import { formatCount } from '../../../format.ts'

export const IssuerCard = ({
  issuer,
  onDialog,
}: {
  readonly issuer: TrustedIssuer
  readonly onDialog: (kind: 'check' | 'edit' | 'delete') => void
}) => (
  <section class="card" aria-label={`Trusted issuer ${issuer.name}`}>
    <h3>
      <ClientText text={issuer.name} /> {issuer.kind === 'entra' && <Badge>Entra</Badge>}{' '}
      {issuer.access === 'read' && <Badge>read-only</Badge>}{' '}
      {issuer.standIn && <Badge tone="warn">keys of a stand-in</Badge>}{' '}
      {!issuer.inForce && <Badge tone="warn">not in force under aws</Badge>}
    </h3>
    {issuer.warning !== undefined && <p class="caution">{issuer.warning}</p>}
    <dl class="facts">
      <List name="Issuer" texts={issuer.issuers} />
      <List name="Audience" texts={issuer.audiences} />
      <List name="Clients" texts={issuer.clients} />
      <List name="Subjects" texts={issuer.subjects} />
      {issuer.scopes && <Fact name="Scopes">{formatScopes(issuer.scopes)}</Fact>}
      <Fact name="Keys">
        <KeyState keys={issuer.keySet} />
      </Fact>
    </dl>
    <May need="write">
      <div class="actions">
        <button type="button" onClick={() => onDialog('check')}>
          Check…
        </button>
        <May need="destroy">
          <button type="button" onClick={() => onDialog('edit')}>
            Edit…
          </button>
          <button type="button" class="danger" onClick={() => onDialog('delete')}>
            Remove…
          </button>
        </May>
      </div>
    </May>
  </section>
)

const List = ({
  name,
  texts = [],
}: {
  readonly name: string
  readonly texts?: readonly string[] | undefined
}) =>
  texts.length === 0 ? null : (
    <Fact name={name}>
      {texts.map(text => (
        <div key={text}>
          <ClientText text={text} />
        </div>
      ))}
    </Fact>
  )

const formatScopes = ({ read, write }: NonNullable<TrustedIssuer['scopes']>): string =>
  [read && `read: ${read}`, write && `write: ${write}`].filter(Boolean).join(', ')

const KeyState = ({ keys: { fetched, unreachableSince, reason, keys } }: { readonly keys: IssuerKeys }) => (
  <>
    {fetched === undefined ? (
      'not fetched yet'
    ) : (
      <>
        {formatCount(keys.length, 'key')}, fetched <Time at={fetched} relative />
      </>
    )}
    {unreachableSince !== undefined && (
      <div class="error">
        Not reached since <Time at={unreachableSince} />: {reason}
      </div>
    )}
  </>
)
