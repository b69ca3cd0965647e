import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { isSame } from './equal.ts'
import { given } from './walk.ts'

/** Variables by which loaders, interpreters and shells run or load something, by the manual of each. */
const LOADERS: ReadonlySet<string> = new Set([
  // ld.so(8)
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  // sh(1), bash(1)
  'BASH_ENV',
  'ENV',
  'PROMPT_COMMAND',
  'PATH',
  // python, perl, ruby, php, .NET, git
  'PYTHONSTARTUP',
  'PYTHONPATH',
  'PYTHONHOME',
  'PERL5OPT',
  'PERL5LIB',
  'RUBYOPT',
  'RUBYLIB',
  'PHP_INI_SCAN_DIR',
  'PHPRC',
  'DOTNET_STARTUP_HOOKS',
  'CORECLR_PROFILER_PATH',
  'GIT_SSH_COMMAND',
  'NODE_PATH',
])

/** Options of runtimes that load code; the others bound memory and the like, and are what agents set. */
const OPTIONS: ReadonlyMap<string, RegExp> = new Map([
  ['NODE_OPTIONS', /(^|\s)(-r|--require|--import|--loader|--experimental-loader|--env-file|--inspect)/],
  ...['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'].map(
    (name) =>
      [
        name,
        /-(javaagent|agentlib|agentpath|Xrun|Xbootclasspath|cp\b|classpath|-class-path)|-XX:(On\w*Error|Flags|VMOptionsFile)|(^|\s)@/,
      ] as const,
  ),
])

/** Variables of a container that run or load code and that it did not have like this. */
export function codeVariables(before: Json, after: Json): readonly string[] {
  const was = new Map(list(before, 'env').map((one) => [text(one, 'name'), one]))
  return list(after, 'env')
    .filter((one) => !isSame(was.get(text(one, 'name')), one) && isCode(one))
    .map((one) => `environment ${text(one, 'name')}`)
}

function isCode(variable: Json): boolean {
  const name = text(variable, 'name')
  const options = OPTIONS.get(name)
  if (options === undefined) return LOADERS.has(name)
  // From a ConfigMap or a field: what it says isn't here.
  return given(variable, 'valueFrom') !== undefined || options.test(text(variable, 'value'))
}
