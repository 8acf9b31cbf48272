using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SkyTree.Web.Tests.Observability;

/// <summary>The log.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task The_configuration_may_choose_JSON()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"], ("Logging__Console__FormatterName", "json"));
        broker.WaitUntilReady();
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        while (broker.Errors.Count == 0)
        {
            await Task.Delay(10, deadline.Token);
        }

        // What is told once, on the console, is no line of the log.
        Assert.All(broker.Errors.Where(line => !line.StartsWith("first start: ", StringComparison.Ordinal)), line =>
        {
            JsonElement entry = JsonDocument.Parse(line).RootElement;
            Assert.True(entry.GetProperty("EventId").GetInt32() > 0);
            Assert.EndsWith("Z", entry.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Event_numbers_are_unique()
    {
        int[] numbers =
        [
            .. Directory.GetFiles(AppContext.BaseDirectory, "SkyTree.*.dll")
                .Where(file => !Path.GetFileName(file).Contains("Tests", StringComparison.Ordinal))
                .SelectMany(file => Assembly.LoadFrom(file).GetTypes())
                .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId ?? 0)
                .Where(number => number != 0),
        ];
        Assert.True(numbers.Length > 50);
        Assert.Empty(numbers.GroupBy(number => number).Where(group => group.Count() > 1).Select(group => group.Key));
    }
}
