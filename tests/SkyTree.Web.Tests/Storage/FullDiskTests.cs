using System.Globalization;
using MQTTnet;
using SkyTree.Store.Tests.RocksDb;
using Xunit;

namespace SkyTree.Web.Tests.Storage;

/// <summary>A disk without room is a state that the broker says, survives, and leaves by itself.</summary>
public class FullDiskTests
{
    private const int Reserve = 32; // MiB

    [Fact]
    public async Task A_full_disk_refuses_what_would_be_stored_until_there_is_room_and_loses_nothing()
    {
        using TemporaryFileSystem disk = new(megabytes: 192);
        string data = Path.Combine(disk.Folder, "data");
        string[] arguments = [$"--SkyTree:Store:FreeSpaceReserveMegabytes={Reserve}"];
        List<string> acknowledged = [];
        await using (Broker broker = Broker.Start(data, arguments))
        {
            await Client.SubscribeAsync(broker.Port, "reader", "t/#");
            await using Client publisher = await Client.ConnectAsync(broker.Port, "publisher");
            await PublishAsync(publisher, acknowledged, MqttClientPublishReasonCode.Success);

            disk.Fill();
            await broker.WaitForLogAsync("messages that would be stored are refused");
            Assert.Equal("not ready\n", await ReadinessAsync(broker));
            Assert.Equal(MqttClientPublishReasonCode.QuotaExceeded, await publisher.TryPublishAsync("t/1", "refused"));

            // Who needs nothing stored is served as ever.
            Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, await publisher.TryPublishAsync("elsewhere", "x"));

            disk.MakeRoom();
            await broker.WaitForLogAsync("messages are stored again");
            Assert.Equal("ready\n", await ReadinessAsync(broker));
            await PublishAsync(publisher, acknowledged, MqttClientPublishReasonCode.Success);
        } // by kill -9

        await using Broker restarted = Broker.Start(data, arguments);
        Assert.Equal(acknowledged, await Client.TakePendingAsync(restarted.Port, "reader", "t/1"));
    }

    private static async Task<string> ReadinessAsync(Broker broker)
    {
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{broker.HttpPort}") };
        Assert.Equal("live\n", await http.GetStringAsync("/health/live"));
        using HttpResponseMessage answer = await http.GetAsync("/health/ready");
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(text == "ready\n", answer.IsSuccessStatusCode);
        return text;
    }

    private static async Task PublishAsync(Client publisher, List<string> acknowledged, MqttClientPublishReasonCode expected)
    {
        for (int i = 0; i < 50; i++)
        {
            string payload = acknowledged.Count.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(expected, await publisher.TryPublishAsync("t/1", payload));
            acknowledged.Add(payload);
        }
    }
}
