import type { Preflight, PreflightCounts } from '../../../domain/contract/preflight.ts'
import { formatDuration } from '../../../domain/duration.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { markdownText } from '../../components/markdown.ts'

const maxNamed = 20

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
        `## ${count} × ${type}: ${markdownText(attribute ?? rule)}`,
        `Rule \`${rule}\`: ${markdownText(description)}`,
        `**How to fix:** ${markdownText(remedy)}`,
        named
          .map(
            ({ name, value }) =>
              `- ${markdownText(name)}${value === undefined ? '' : `: ${markdownText(value)}`}`,
          )
          .join('\n'),
      ].join('\n\n')
    }),
    ...(notes.length > 0
      ? [
          [
            '## Notes',
            ...notes.map(({ title, count, detail }) => `- **${title}** (${count}): ${markdownText(detail)}`),
          ].join('\n'),
        ]
      : []),
    [
      '## First cycle',
      `- ${cycle.requests} requests: ${cycle.reads} reads, ${cycle.writes} writes`,
      `- ${seconds(duration.seconds)} at ${duration.requestsPerSecond} requests per second; Microsoft estimates ${seconds(duration.estimate.leastSeconds)} to ${seconds(duration.estimate.mostSeconds)}`,
      ...(quarantine ? [`- The job would go into quarantine: ${markdownText(quarantine.detail)}`] : []),
    ].join('\n'),
  ].join('\n\n')
}

const row = (name: string, counts: PreflightCounts): string =>
  `| ${name} | ${counts.read} | ${counts.accepted} | ${counts.incomplete} | ${counts.rejected} | ${counts.skipped} | ${counts.notReached} | ${counts.outOfScope} |`
