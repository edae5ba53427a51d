import type { Identity } from '../../answers.ts'
import { apiPath } from '../../api.ts'
import { ClientText, Loading, PageHead, ProblemBox } from '../../components/elements.tsx'
import { JsonView } from '../../components/json.tsx'
import { useLoad } from '../../load.ts'
import { type PageProps, query, setQuery } from '../../router.ts'
import { AttributeHistory, Timeline } from './history.tsx'
import { IdentityFacts, type IdentityRef, StatusBadge } from './identity-facts.tsx'
import { GroupsOf, Members } from './memberships.tsx'
import { MomentNote, MomentSlider, shownMoment } from './moment.tsx'

export const UserPage = (props: PageProps) => <IdentityPage {...props} list="users" />
export const GroupPage = (props: PageProps) => <IdentityPage {...props} list="groups" />

const views = {
  timeline: 'Timeline',
  document: 'Present form',
  attributes: 'Attribute by attribute',
  memberships: 'Memberships',
} as const
type View = keyof typeof views

/** One user or group: how it is, how it became so, and who did that. */
function IdentityPage({ tenant = '', id = '', list }: PageProps & { readonly list: IdentityRef['list'] }) {
  const at = shownMoment()
  const loaded = useLoad<Identity>(apiPath(['tenants', tenant, list, id], { at }))
  const identity = loaded.value.value
  const problem = loaded.problem.value
  const view = query.value.get('view') ?? 'timeline'
  const shown = { tenant, list, id, at }
  if (!identity) {
    return (
      <>
        <PageHead title={list === 'users' ? 'User' : 'Group'} />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
        {problem && at !== undefined && (
          <button type="button" onClick={() => setQuery({ at: undefined })}>
            Back to now
          </button>
        )}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={identity.label}
        description={identity.display !== identity.label && <ClientText text={identity.display} />}
      >
        <StatusBadge status={identity.status} />
      </PageHead>
      <IdentityFacts identity={identity} shown={shown} />
      <MomentSlider tenant={tenant} />
      {at !== undefined && <MomentNote at={at} />}
      <ViewChoice view={view} />
      {view === 'timeline' && <Timeline shown={shown} />}
      {view === 'attributes' && <AttributeHistory shown={shown} />}
      {view === 'document' && <Document identity={identity} />}
      {view === 'memberships' &&
        (list === 'groups' ? <Members shown={shown} /> : <GroupsOf identity={identity} shown={shown} />)}
    </>
  )
}

const ViewChoice = ({ view }: { readonly view: string }) => (
  <fieldset class="tabs">
    <legend class="unseen">What is shown</legend>
    {Object.entries(views).map(([name, words]) => (
      <button
        key={name}
        type="button"
        aria-pressed={view === name}
        onClick={() => setQuery({ view: (name as View) === 'timeline' ? undefined : name })}
      >
        {words}
      </button>
    ))}
  </fieldset>
)

const Document = ({ identity }: { readonly identity: Identity }) =>
  identity.document ? (
    <JsonView value={identity.document} label="The SCIM resource" />
  ) : (
    <p class="card muted">It was removed; nothing but its history is left.</p>
  )
