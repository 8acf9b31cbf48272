using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using SkyTree.Core.Tests.Security;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

public sealed class CredentialTests(ClosedBrokerFixture broker) : IClassFixture<ClosedBrokerFixture>
{
    public static TheoryData<string, int> Peers { get; } = new MatrixTheoryData<string, int>(["mosquitto", "paho", "MQTT.js", "MQTTnet"], [3, 4, 5]);

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task The_right_password_opens_the_broker(string client, int version)
    {
        await using IInteropClient user = broker.Client(client, version);
        string topic = InteropTest.NewName("topic/");

        await OpenAsync(user, topic, ClosedBrokerFixture.UserName, ClosedBrokerFixture.Password);
        await user.PublishAsync(new Message(topic, "inside", 1));

        await InteropTest.AssertReceives(user, new Message(topic, "inside", 1));
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task A_wrong_password_an_unknown_name_and_no_name_do_not(string client, int version)
    {
        foreach ((string? userName, string? password) in ((string?, string?)[])[(ClosedBrokerFixture.UserName, "guess"), ("nobody", ClosedBrokerFixture.Password), (null, null)])
        {
            await using IInteropClient stranger = broker.Client(client, version);
            Exception? refusal = await Record.ExceptionAsync(() => OpenAsync(stranger, "topic", userName, password));
            Assert.True(refusal is not null and not TimeoutException, $"{userName}: {refusal}\n{broker.Report}");
        }
    }

    [Theory]
    [InlineData(ClosedBrokerFixture.Password, true)]
    [InlineData("guess", false)]
    public async Task MQTTnet_authenticates_with_SCRAM(string password, bool admitted)
    {
        var scram = new Scram(new ScramClient(ClosedBrokerFixture.UserName, password));
        var factory = new MqttClientFactory();
        using IMqttClient client = factory.CreateMqttClient();
        MqttClientOptions options = factory.CreateClientOptionsBuilder()
            .WithTcpServer(broker.Address.Host, broker.Address.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(InteropTest.NewName("c"))
            .WithEnhancedAuthentication("SCRAM-SHA-256", Encoding.UTF8.GetBytes(scram.Client.First))
            .WithEnhancedAuthenticationHandler(scram)
            .WithTimeout(Deadline.Step)
            .Build();

        MqttClientConnectResult result = await client.ConnectAsync(options).WaitAsync(Deadline.Step);

        Assert.Equal(admitted ? MqttClientConnectResultCode.Success : MqttClientConnectResultCode.NotAuthorized, result.ResultCode);
        if (admitted)
        {
            Assert.Equal(scram.Client.ServerFinal, Encoding.UTF8.GetString(result.AuthenticationData));
        }
    }

    private static async Task OpenAsync(IInteropClient client, string topic, string? userName, string? password)
    {
        await client.ConnectAsync(new ConnectSettings(InteropTest.NewName("c"), UserName: userName, Password: password));
        await client.SubscribeAsync(topic, 1);
    }

    private sealed class Scram(ScramClient client) : IMqttEnhancedAuthenticationHandler
    {
        public ScramClient Client => client;

        public Task HandleEnhancedAuthenticationAsync(MqttEnhancedAuthenticationEventArgs eventArgs) => eventArgs.SendAsync(
            new SendMqttEnhancedAuthenticationDataOptions { Data = Encoding.UTF8.GetBytes(client.Final(Encoding.UTF8.GetString(eventArgs.AuthenticationData))) },
            eventArgs.CancellationToken);
    }
}
