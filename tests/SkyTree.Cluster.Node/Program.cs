using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Cluster.Node;

// A node in a process of its own, for tests that kill it. It says its control port once it has started and runs until its
// standard input ends.
//   SkyTree.Cluster.Node FOLDER NODEID ENDPOINT seed|join|found SEEDS [NAME=VALUE ...]
await using NodeHost host = await NodeHost.StartAsync(args[0], NodeHost.ParseOptions(args), NullLoggerFactory.Instance);
_ = host.Raft.Failure.ContinueWith(failure => Console.Error.WriteLine(failure.Exception), TaskScheduler.Default);
await Console.Out.WriteLineAsync($"ready {host.Control.Port}");
await Console.In.ReadToEndAsync();
