using SkyTree.Bench;
using SkyTree.Bench.Durable;
using SkyTree.Bench.Idle;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;
using SkyTree.Bench.Relay;

if (args.Length == 0 || args.Contains("--help"))
{
    Console.WriteLine(BenchOptions.Help);
    return args.Length == 0 ? 2 : 0;
}

BenchOptions? options = BenchOptions.Parse(args, out string? error);
if (options is null)
{
    Console.Error.WriteLine($"{error}; see --help");
    return 2;
}

try
{
    switch (options.Workload)
    {
        case Workload.Relay:
            RelayBroker.Run(options);
            return 0;
        case Workload.Idle:
            IdleResult idle = IdleRun.Run(options);
            Console.WriteLine(options.Json ? idle.ToJson() : idle.ToLine());
            return 0;
        case Workload.Sessions:
            return Report(SessionsRun.Run(options));
        case Workload.Publish:
            using (PublishRun publish = new(options))
            {
                return Report(publish.Run());
            }

        case Workload.Drain:
            return Report(new DrainRun(options).Run());
        case Workload.Connect:
            return Report(ConnectRun.Run(options));
        case Workload.Resume:
            return Report(new ResumeRun(options).Run());
        case Workload.Disk:
            return Report(DiskRun.Run(options));
        default:
            using (LoadRun run = new(options))
            {
                LoadResult result = run.Run();
                Console.WriteLine(options.Json ? result.ToJson() : result.ToLine());
                return result.IsCorrect(options.Qos) ? 0 : 1;
            }
    }
}
catch (BenchException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

int Report(Figures figures)
{
    Console.WriteLine(options.Json ? figures.ToJson() : figures.ToLine());
    return figures.AreCorrect ? 0 : 1;
}
