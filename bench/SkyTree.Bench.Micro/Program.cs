using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

// --quick: everything in about a minute, in this process and with few iterations; figures to look at, not to quote.
bool quick = args.Contains("--quick");
string[] rest = [.. args.Where(arg => arg != "--quick")];

// No collection between iterations: with a million subscriptions it takes longer than what is measured.
Job job = quick
    ? Job.Default.WithGcForce(false).WithToolchain(InProcessEmitToolchain.Instance).WithEvaluateOverhead(false)
        .WithWarmupCount(8).WithIterationCount(5).WithIterationTime(TimeInterval.FromMilliseconds(50))
    : Job.Default.WithGcForce(false).WithWarmupCount(5).WithIterationCount(10).WithIterationTime(TimeInterval.FromMilliseconds(250));
IConfig config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .HideColumns(Column.Type, Column.Mean, Column.Error, Column.StdDev, Column.Gen0, Column.Gen1, Column.Gen2, Column.Job, Column.Toolchain)
    .AddColumn(StatisticColumn.Min, StatisticColumn.Median, StatisticColumn.Max)
    .AddLogger(quick ? NullLogger.Instance : ConsoleLogger.Default)
    .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"))
    .WithOptions(ConfigOptions.DisableLogFile);

Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest is [] ? ["--filter", "*"] : rest, config)];
bool failed = summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
foreach (Summary summary in quick ? summaries : [])
{
    MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
}

if (failed)
{
    Console.Error.WriteLine("Not every benchmark could be run; without --quick the log says why.");
}

return failed ? 1 : 0;
