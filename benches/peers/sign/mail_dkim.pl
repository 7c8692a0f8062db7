use strict;
use warnings;
use Time::HiRes 'time';
use Mail::DKIM;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;

my ($file, $key, $seconds) = @ARGV;
sub slurp { local $/; open my $handle, '<:raw', $_[0] or die; return <$handle> }
my $message = slurp($file);
my $private = Mail::DKIM::PrivateKey->load(File => $key);

my ($count, $start) = (0, time);
while (time - $start < $seconds) {
    my $signer = Mail::DKIM::Signer->new(
        Algorithm => 'rsa-sha256', Method => 'relaxed/relaxed',
        Domain => 'example.com', Selector => 's', Key => $private);
    $signer->PRINT($message);
    $signer->CLOSE;
    die 'is not signed' if $signer->signature->as_string !~ /b=\S/;
    $count++;
}
printf "%-34s %10.1f\n", "Mail::DKIM " . Mail::DKIM->VERSION, $count / (time - $start);
