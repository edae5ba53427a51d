import type { Preflight, PreflightCounts } from '../../../contract/preflight.ts'
import { formatDuration } from '../../../entra/duration.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { escapeHidden } from '../../components/text.tsx'

/** Objects that are named for each cause. */
const maxNamed = 20

/** The result as Markdown, for a ticket or a wiki. */
export function toMarkdown(result: Preflight): string {
  const { profile, mapping, scope, users, groups, causes, failures, notes, cycle, duration, quarantine } =
    result
  const seconds = (count: number) => formatDuration(count * 1000)
  return [
    `# Pre-flight for ${profileTitles[profile]}`,
    `Mapping: ${mapping}. Scope: ${scope}.`,
    [
      '| | read | accepted | incomplete | rejected | skipped | not reached | out of scope |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      row('users', users),
      row('groups', groups),
    ].join('\n'),
    ...causes.map(({ type, step, rule, attribute, description, count, remedy }) => {
      const named = failures
        .filter(
          one => one.type === type && one.step === step && one.rule === rule && one.attribute === attribute,
        )
        .slice(0, maxNamed)
      return [
        `## ${count} × ${type}: ${text(attribute ?? rule)}`,
        `Rule \`${rule}\`: ${text(description)}`,
        `**How to fix:** ${text(remedy)}`,
        named
          .map(({ name, value }) => `- ${text(name)}${value === undefined ? '' : `: ${text(value)}`}`)
          .join('\n'),
      ].join('\n\n')
    }),
    ...(notes.length > 0
      ? [
          [
            '## Notes',
            ...notes.map(({ title, count, detail }) => `- **${title}** (${count}): ${text(detail)}`),
          ].join('\n'),
        ]
      : []),
    [
      '## First cycle',
      `- ${cycle.requests} requests: ${cycle.reads} reads, ${cycle.writes} writes`,
      `- ${seconds(duration.seconds)} at ${duration.requestsPerSecond} requests per second; Microsoft estimates ${seconds(duration.estimate.leastSeconds)} to ${seconds(duration.estimate.mostSeconds)}`,
      ...(quarantine ? [`- The job would go into quarantine: ${text(quarantine.detail)}`] : []),
    ].join('\n'),
  ].join('\n\n')
}

const row = (name: string, counts: PreflightCounts): string =>
  `| ${name} | ${counts.read} | ${counts.accepted} | ${counts.incomplete} | ${counts.rejected} | ${counts.skipped} | ${counts.notReached} | ${counts.outOfScope} |`

/** Text on one line that Markdown and HTML don't interpret. */
const text = (written: string): string =>
  escapeHidden(written).replace(/[\\`*_{}[\]<>#|~&!]/g, character => `\\${character}`)
